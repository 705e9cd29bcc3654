//! `NAME ping`, `find`, `req`, `facts` and `inventory`: asking the nodes of a network.

mod ddls;
mod discovery;
mod facts;
mod find;
mod inventory;
mod ping;
mod printer;
mod registry;
mod req;
mod session;

use chorister_client::ClientError;

use super::{Failure, chain};
use crate::Distribution;
use crate::args::Rpc;

/// Does what the command line says.
pub(crate) fn run(distribution: &'static Distribution, rpc: &Rpc) -> Result<(), Failure> {
    match rpc {
        Rpc::Ping(arguments) => ping::run(distribution, arguments),
        Rpc::Find(arguments) => find::run(distribution, arguments),
        Rpc::Req(arguments) => req::run(distribution, arguments),
        Rpc::Facts(arguments) => facts::run(distribution, arguments),
        Rpc::Inventory(arguments) => inventory::run(distribution, arguments),
    }
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        match error {
            // Compat: go-choria cmd/req.go: the text.
            ClientError::NobodyFound => Self::Refused("did not discover any nodes".to_owned()),
            other => Self::Impossible(chain(&other)),
        }
    }
}
