// SPDX-License-Identifier: GPL-3.0-only
//! The protocol's addresses.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Path, Query, State};
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use axum::routing::{get, post};
use serde_json::{Value, json};

use super::faults::Call;
use super::machine::Role;
use super::shared::{Right, Shared, json_body, json_response};
use super::wire::{self, Refusal};
use crate::services::connection::Connection;

/// Longest body of a request, in bytes. Fifty positions have about 5 kB.
pub const MAX_REQUEST_BYTES: usize = 64 * 1024;

type Pairs = Query<Vec<(String, String)>>;

/// The protocol and the control API.
pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/taxis", get(taxis))
        .route("/taxis/", get(taxis))
        .route("/taxis/{id}", get(taxi).put(taxi))
        .route("/hails/", get(list).post(create))
        .route("/hails", get(list).post(create))
        .route("/hails/{id}", get(hail).put(update))
        .route("/geotaxi/", post(geotaxi))
        .route("/geotaxi", post(geotaxi))
        .merge(super::control::router())
        .fallback(async || json_response(&Refusal::general(404, "url", "API endpoint not found.").into_answer()))
        .method_not_allowed_fallback(async || {
            json_response(&Refusal::general(405, "url", "This endpoint does not accept this method.").into_answer())
        })
        .layer(DefaultBodyLimit::max(MAX_REQUEST_BYTES))
        .with_state(shared)
}

async fn taxis(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    headers: HeaderMap,
    Query(query): Pairs,
) -> Response {
    let work = shared.call(Call::Nearby, Right::Any, &connection, &headers, None, |centre, account| {
        let taxis = centre.free_taxis(wire::place(&query)?)?;
        Ok((200, wire::offers(&taxis, account)))
    });
    work.await
}

async fn create(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let request = json_body(&headers, &body);
    let customer = request.as_ref().ok().and_then(|body| body.pointer("/data/0/customer_id")?.as_str());
    let customer = customer.map(str::to_owned);
    let right = Right::Role(Role::Moteur);
    let work = shared.call(Call::Hail, right, &connection, &headers, customer.as_deref(), |centre, account| {
        let id = centre.create(account, wire::new_hail(request?)?)?.id.clone();
        let hail = centre.hail(account, &id)?;
        Ok((201, json!({ "data": [wire::hail(centre, hail, Some(account))] })))
    });
    work.await
}

async fn hail(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Response {
    let work = shared.call(Call::Follow, Right::Any, &connection, &headers, None, |centre, account| {
        let hail = centre.hail(account, &id)?;
        Ok((200, json!({ "data": [wire::hail(centre, hail, Some(account))] })))
    });
    work.await
}

async fn update(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    headers: HeaderMap,
    Path(id): Path<String>,
    body: Bytes,
) -> Response {
    let request = json_body(&headers, &body);
    let work = shared.call(Call::SetStatus, Right::Any, &connection, &headers, None, |centre, account| {
        let request = request?;
        centre.hail(account, &id)?;
        centre.update(account, &id, wire::hail_change(request)?)?;
        let hail = centre.hail(account, &id)?;
        Ok((200, json!({ "data": [wire::hail(centre, hail, Some(account))] })))
    });
    work.await
}

async fn list(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    headers: HeaderMap,
    Query(query): Pairs,
) -> Response {
    let work = shared.call(Call::Find, Right::Any, &connection, &headers, None, |centre, account| {
        let page = centre.list(account, &wire::hail_filter(&query)?);
        Ok((200, wire::list(centre, &page, account)))
    });
    work.await
}

async fn geotaxi(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let request = json_body(&headers, &body);
    let right = Right::Role(Role::Operateur);
    let work = shared.call(Call::Fleet, right, &connection, &headers, None, |centre, _| {
        centre.positions(&wire::positions(request?)?)?;
        Ok((200, Value::Null))
    });
    work.await
}

async fn taxi(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    headers: HeaderMap,
    method: Method,
    Path(id): Path<String>,
    body: Bytes,
) -> Response {
    let change =
        if method == Method::PUT { json_body(&headers, &body).and_then(wire::taxi_change) } else { Ok((None, None)) };
    let right = Right::Role(Role::Operateur);
    let work = shared.call(Call::Fleet, right, &connection, &headers, None, |centre, _| {
        let (status, radius_m) = change?;
        let known = centre.update_taxi(&id, status, radius_m).cloned();
        let taxi = known.ok_or_else(|| Refusal::general(404, "url", "Unknown taxi, or you are not the owner."))?;
        Ok((200, wire::taxi(centre, &taxi)))
    });
    work.await
}
