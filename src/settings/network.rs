// SPDX-License-Identifier: GPL-3.0-only
//! Addresses and phone numbers.

use std::net::{IpAddr, SocketAddr};

use reqwest::Url;

use super::fault::FaultKind;
use super::reader::{Complaint, Entry, Section};
use super::source::quote;
use super::values::TextLimit;

/// Longest web address in characters.
const URL: TextLimit = TextLimit { most_chars: 512, place: "a web address" };
/// Longest network address in characters.
const ADDRESS: TextLimit = TextLimit { most_chars: 64, place: "an address" };
/// Longest host with port in characters; a name of the DNS has 253.
const HOST: TextLimit = TextLimit { most_chars: 260, place: "a host with port" };
/// Longest phone number in characters, with spaces and extension.
const PHONE: TextLimit = TextLimit { most_chars: 24, place: "a phone number" };
/// Fewest digits of a phone number: 110.
const FEWEST_PHONE_DIGITS: usize = 3;

impl Section<'_> {
    /// A base address: `https`, or `http` to this device itself or where `allow_plain_http` says so,
    /// because the key of the centre goes with every request. Without `/` at its end.
    pub(super) fn base_url(&self, key: &'static str, example: &str) -> String {
        let plain_allowed = self.switch("allow_plain_http", false);
        let takes = "web address with `https://`";
        let Some(entry) = self.entry(key, takes, "required") else {
            self.missing(key, &format!("{key} = \"{example}\""));
            return String::new();
        };
        let Some(text) = veiled_text(&entry, example) else {
            return String::new();
        };
        match Url::parse(&text) {
            Err(error) => bad_url(&entry, &error.to_string(), &text, example),
            Ok(url) => check_url(&entry, &url, if plain_allowed { Plain::Allowed } else { Plain::Refused }, example),
        }
        text.trim_end_matches('/').to_owned()
    }

    /// The address of something that is signed and no secret: `https`, or `http`, which is worth a warning.
    pub(super) fn web_address(&self, key: &'static str, default: &str, example: &str) -> Option<String> {
        let entry = self.entry(key, "web address with `https://` or `http://`", default)?;
        let text = veiled_text(&entry, example)?;
        let url = match Url::parse(&text) {
            Ok(url) => url,
            Err(error) => {
                bad_url(&entry, &error.to_string(), &text, example);
                return None;
            }
        };
        check_url(&entry, &url, Plain::Weak, example);
        Some(text)
    }

    /// A number address with port; `example` is one, with the usual port.
    pub(super) fn socket_address(&self, key: &'static str, default: &str, example: &str) -> Option<SocketAddr> {
        let usual_port = example.rsplit(':').next().and_then(|port| port.parse().ok()).unwrap_or(0);
        let entry = self.entry(key, "number address with port", default)?;
        let text = entry.text(ADDRESS, example)?;
        let refuse = |reason: String, mend: String| {
            entry.error(FaultKind::BadAddress, reason, mend);
            None
        };
        let path = quote(&entry.path);
        match text.parse::<SocketAddr>() {
            Ok(address) if address.port() == 0 => refuse(
                format!("{path} has port 0, on which nothing can listen"),
                format!("write the device's port, usually {usual_port}"),
            ),
            Ok(address) if address.ip().is_unspecified() || address.ip().is_multicast() => refuse(
                format!("{path} is no address of a single device"),
                format!("write the device's own address, such as {key} = \"{example}\""),
            ),
            Ok(address) => Some(address),
            Err(_) => match text.parse::<IpAddr>() {
                Ok(ip) => refuse(
                    format!("{path} has no port"),
                    format!("write {key} = \"{}\"", SocketAddr::new(ip, usual_port)),
                ),
                Err(_) => refuse(
                    format!("{path} is no address of four numbers and a port; names are not looked up"),
                    format!("write it like this: {key} = \"{example}\""),
                ),
            },
        }
    }

    /// A host (a name, or a number address) and a port; `example` is one, with the usual port.
    pub(super) fn host_and_port(&self, key: &'static str, example: &str) -> Option<(String, u16)> {
        let Some(entry) = self.entry(key, "host with port", "required") else {
            self.missing(key, &format!("{key} = \"{example}\""));
            return None;
        };
        let text = entry.text(HOST, example)?;
        let path = quote(&entry.path);
        let parts = host_parts(text);
        if parts.is_none() {
            let reason = if text.contains("://") {
                format!("{path} is a web address, but must be a host and a port")
            } else {
                format!("{path} is no host with a port")
            };
            entry.error(FaultKind::BadAddress, reason, format!("write it like this: {key} = \"{example}\""));
        }
        parts
    }

    /// A phone number as dialled.
    pub(super) fn phone(&self, key: &'static str, default: &str) -> Option<String> {
        let example = "0536-5550100";
        let takes = "phone number, 3 digits or more";
        let entry = self.entry(key, takes, default)?;
        let text = entry.text(PHONE, example)?;
        if let Some(reason) = phone_fault(text) {
            entry.error(
                FaultKind::BadPhone,
                format!("{} is no phone number: {reason}", quote(&entry.path)),
                format!("write it as dialled, such as {key} = \"{example}\""),
            );
            return None;
        }
        Some(text.to_owned())
    }
}

/// The two parts of `host:port` or `[::1]:port`.
fn host_parts(text: &str) -> Option<(String, u16)> {
    let (host, port) = text.rsplit_once(':')?;
    let port = port.parse().ok().filter(|port| *port != 0)?;
    if let Some(number) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        return number.parse::<std::net::Ipv6Addr>().is_ok().then(|| (number.to_owned(), port));
    }
    let is_name = !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || ".-_".contains(c));
    is_name.then(|| (host.to_owned(), port))
}

/// Whether a host is this device itself.
pub(super) fn is_this_device(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Digits with spaces, hyphens and brackets, a `+` in front, an extension after 转 or `#`.
fn phone_fault(text: &str) -> Option<&'static str> {
    if text.chars().any(|c| ('０'..='９').contains(&c)) {
        return Some("its digits are full-width");
    }
    if text.char_indices().any(|(at, c)| c == '+' && at > 0) {
        return Some("a + may only stand in front");
    }
    if !text.chars().all(|c| c.is_ascii_digit() || " -()+转#".contains(c)) {
        return Some("it may hold digits, spaces, - ( ) + 转 and # only");
    }
    let digits = text.chars().filter(char::is_ascii_digit).count();
    (digits < FEWEST_PHONE_DIGITS).then_some("it has fewer than 3 digits")
}

/// The text of an address whose line is hidden as soon as it may hold a password.
fn veiled_text(entry: &Entry<'_>, example: &str) -> Option<String> {
    let text = entry.text(URL, example)?;
    if text.contains(char::is_whitespace) {
        entry.error(
            FaultKind::BadUrl,
            format!("{} has a space in it", quote(&entry.path)),
            format!("write it like this: {} = \"{example}\"", entry.key),
        );
        return None;
    }
    Some(text.to_owned())
}

fn bad_url(entry: &Entry<'_>, error: &str, text: &str, example: &str) {
    let mend = if text.contains("://") {
        format!("write it like this: {} = \"{example}\"", entry.key)
    } else {
        format!("put https:// in front, like this: {} = \"{example}\"", entry.key)
    };
    let complaint =
        Complaint::error(FaultKind::BadUrl, format!("{} is no web address: {error}", quote(&entry.path)), mend);
    entry.complain(if text.contains('@') { complaint.veiled() } else { complaint });
}

/// What an address without TLS is to a section.
#[derive(Clone, Copy)]
enum Plain {
    /// A fault: secrets go through it.
    Refused,
    /// Secrets go through it, and somebody wants it so.
    Allowed,
    /// What goes through it is signed, but somebody on the way can hold it back.
    Weak,
}

impl Plain {
    /// Where a key that was put into the address belongs.
    fn where_keys_go(self) -> &'static str {
        match self {
            Self::Refused | Self::Allowed => "; the key goes in api_key_file",
            Self::Weak => "; bundles are no secret",
        }
    }
}

fn check_url(entry: &Entry<'_>, url: &Url, plain: Plain, example: &str) {
    let path = quote(&entry.path);
    let like_this = format!("write it like this: {} = \"{example}\"", entry.key);
    if !url.username().is_empty() || url.password().is_some() {
        entry.complain(
            Complaint::error(
                FaultKind::SecretInFile,
                format!("{path} holds a user name or password"),
                format!("remove everything between :// and @{}. {like_this}", plain.where_keys_go()),
            )
            .veiled(),
        );
        return;
    }
    if !matches!(url.scheme(), "http" | "https") {
        entry.error(
            FaultKind::BadUrl,
            format!("{path} begins with {}, not with https://", quote(url.scheme())),
            like_this,
        );
        return;
    }
    if url.query().is_some() || url.fragment().is_some() {
        entry.complain(
            Complaint::error(FaultKind::BadUrl, format!("{path} must end before the ? or #"), like_this).veiled(),
        );
        return;
    }
    if url.port() == Some(0) {
        entry.error(FaultKind::BadUrl, format!("{path} has port 0, on which nothing can listen"), like_this);
        return;
    }
    if url.scheme() == "http" && !is_loopback(url) {
        plain_http(entry, plain);
    }
}

fn plain_http(entry: &Entry<'_>, plain: Plain) {
    if matches!(plain, Plain::Weak) {
        let reason = format!("{} is http: somebody on the way can hold back what is new", quote(&entry.path));
        return entry.warn(reason, "write https:// where the server has it");
    }
    let reason =
        format!("{} is http: its key and residents' numbers go through the network unprotected", quote(&entry.path));
    entry.complain(if matches!(plain, Plain::Allowed) {
        Complaint::warning(reason, "ask for an https address")
    } else {
        Complaint::error(
            FaultKind::PlainHttp,
            reason,
            "write https://; only inside a protected network add the line allow_plain_http = true",
        )
    });
}

fn is_loopback(url: &Url) -> bool {
    let Some(host) = url.host_str() else {
        return false;
    };
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::{host_parts, phone_fault};

    #[test]
    fn hosts_with_ports() {
        let good = |text: &str, host: &str, port| assert_eq!(host_parts(text), Some((host.to_owned(), port)), "{text}");
        good("sip.library.example:6001", "sip.library.example", 6001);
        good("10.0.0.5:6443", "10.0.0.5", 6443);
        good("[::1]:6001", "::1", 6001);
        for bad in ["", "library", "library:", ":6001", "library:0", "library:65536", "::1:6001", "a b:1", "http://a:1"]
        {
            assert_eq!(host_parts(bad), None, "{bad}");
        }
    }

    #[test]
    fn phone_numbers_as_people_write_them() {
        for good in ["110", "12345", "0536-5550100", "+86 536 555 0100", "(0536) 5550100转8"] {
            assert_eq!(phone_fault(good), None, "{good}");
        }
        for bad in ["", "12", "０５３６", "5550100+", "call me", "555.0100"] {
            assert!(phone_fault(bad).is_some(), "{bad}");
        }
    }
}
