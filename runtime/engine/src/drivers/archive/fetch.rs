//! The download.

use reqwest::{Client, Response, StatusCode};
use tokio::sync::mpsc;

use super::order::Order;
use crate::web::{self, Servers};

// Compat: go-choria aagent/watchers/archivewatcher: servers may know the watcher by this name.
const USER_AGENT: &str = concat!("Choria Archive Watcher ", env!("CARGO_PKG_VERSION"));

/// A part of a download.
#[derive(Debug)]
pub(super) enum Piece {
    /// The next bytes.
    Bytes(Vec<u8>),
    /// There are no more. A download without it is not complete.
    End,
}

/// A client for one download. Reads the system's certificates, so it is for blocking threads.
///
/// # Errors
///
/// If there can be none.
pub(super) fn client(order: &Order) -> Result<Client, String> {
    let servers = if order.insecure {
        Servers::Anybody
    } else {
        Servers::Verified
    };
    web::client(USER_AGENT, servers)
        .map_err(|error| format!("cannot fetch {}: {error}", order.shown()))
}

/// Sends the archive to `pieces`. If nobody takes them, it stops and leaves it to the taker to say why.
///
/// # Errors
///
/// Why it could not be fetched.
pub(super) async fn fetch(
    client: &Client,
    order: &Order,
    most: u64,
    pieces: mpsc::Sender<Piece>,
) -> Result<(), String> {
    tokio::select! {
        fetched = transfer(client, order, most, &pieces) => fetched,
        () = pieces.closed() => Ok(()),
    }
}

async fn transfer(
    client: &Client,
    order: &Order,
    most: u64,
    pieces: &mpsc::Sender<Piece>,
) -> Result<(), String> {
    let mut response = request(client, order).await?;
    let too_large = || format!("{} is larger than {most} bytes", order.shown());
    if response
        .content_length()
        .is_some_and(|length| length > most)
    {
        return Err(too_large());
    }
    let mut length = 0_u64;
    while let Some(bytes) = response
        .chunk()
        .await
        .map_err(|error| reason(order, error))?
    {
        length = length.saturating_add(bytes.len() as u64);
        if length > most {
            return Err(too_large());
        }
        if pieces.send(Piece::Bytes(bytes.to_vec())).await.is_err() {
            return Ok(());
        }
    }
    // Whoever does not take it any more says why.
    let _ = pieces.send(Piece::End).await;
    Ok(())
}

async fn request(client: &Client, order: &Order) -> Result<Response, String> {
    let mut url = order.source.clone();
    let request = if let Some((username, password)) = &order.credentials {
        // Those of the URL would be sent beside these.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        client.get(url).basic_auth(username, Some(password))
    } else {
        client.get(url)
    };
    let response = request.send().await.map_err(|error| reason(order, error))?;
    if response.status() != StatusCode::OK {
        return Err(format!(
            "cannot fetch {}: the server answered {}",
            order.shown(),
            response.status()
        ));
    }
    Ok(response)
}

fn reason(order: &Order, error: reqwest::Error) -> String {
    format!("cannot fetch {}: {}", order.shown(), web::reason(error))
}
