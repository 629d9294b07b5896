// SPDX-License-Identifier: GPL-3.0-only
//! TLS to a library system: the authorities of the system, and those of the library's own file.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::failure::ConnectError;
use crate::services::library::sip2::profile::TlsProfile;

/// Speaks TLS on `stream`, and knows the server by `host`.
pub(in crate::services::library::sip2) async fn secure(
    stream: TcpStream,
    host: &str,
    tls: &TlsProfile,
) -> Result<TlsStream<TcpStream>, ConnectError> {
    let name = ServerName::try_from(host.to_owned()).map_err(ConnectError::TlsName)?;
    let config = config(tls)?;
    TlsConnector::from(Arc::new(config)).connect(name, stream).await.map_err(ConnectError::Tls)
}

fn config(tls: &TlsProfile) -> Result<ClientConfig, ConnectError> {
    let mut roots = RootCertStore::empty();
    // Some system certificates may be damaged or none may be there: those of the file may be all that is wanted.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(path) = &tls.ca_file {
        roots.add_parsable_certificates(authorities(path)?);
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(ConnectError::TlsSetup)?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

fn authorities(path: &Path) -> Result<Vec<CertificateDer<'static>>, ConnectError> {
    let fault = |source| ConnectError::CaFile { path: path.to_owned(), source };
    CertificateDer::pem_file_iter(path).map_err(fault)?.collect::<Result<_, _>>().map_err(fault)
}
