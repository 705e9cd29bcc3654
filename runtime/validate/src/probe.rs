//! What there is to find, kind by kind.

mod account;
mod addr;
mod command;
mod dns;
mod file;
#[cfg_attr(not(feature = "http"), path = "probe/no_http.rs")]
mod http;
mod mount;

use core::fmt::Display;
use core::time::Duration;
use std::io::Cursor;
use std::net::{IpAddr, SocketAddr};

use chorister_goss::matcher::{Found, Source, Stream};
use chorister_goss::{Kind, Property, Resource, Settings, Value};
use chorister_system::interfaces::interfaces;
use chorister_system::kernel;
use chorister_system::ports::Protocol;

use crate::context::{Context, aside};

/// How long those who manage this machine may think: accounts, packages and services.
const PATIENCE: Duration = Duration::from_secs(10);

/// Finds what is there of a resource. What several properties share is looked at once.
pub(crate) struct Probe<'a> {
    resource: &'a Resource,
    context: &'a Context,
    seen: Seen,
}

/// What was found before, where looking twice could find two things.
enum Seen {
    Nothing,
    Command(Result<command::Ended, String>),
    Dns(Result<Vec<String>, String>),
    Http(Box<Result<http::Response, String>>),
    Package(Option<Vec<String>>),
    User(Option<chorister_system::accounts::User>),
}

// === impl Probe ===

impl<'a> Probe<'a> {
    pub(crate) fn new(resource: &'a Resource, context: &'a Context) -> Self {
        Self {
            resource,
            context,
            seen: Seen::Nothing,
        }
    }

    pub(crate) fn kind(&self) -> Kind {
        self.resource.kind
    }

    /// What there is of a property.
    pub(crate) async fn find(&mut self, property: &Property) -> Found<'static> {
        let key = property.attribute.key;
        let found = match self.resource.kind {
            Kind::Addr => Ok(addr::reachable(self.resource).await),
            Kind::Command => self.command(key).await,
            Kind::Dns => self.dns(key).await,
            Kind::File => file::find(self.resource.name(), property).await,
            Kind::Group => account::group(self.resource.name(), key).await,
            Kind::Http => self.http(key).await,
            Kind::Interface => self.interface(key).await,
            Kind::KernelParam => self.kernel_parameter(),
            Kind::Matching => self.content(),
            Kind::Mount => mount::find(self.resource, key).await,
            Kind::Package => self.package(key).await,
            Kind::Port => self.port(key).await,
            Kind::Process => self.process().await,
            Kind::Service => self.service(key).await,
            Kind::User => self.user(key).await,
        };
        found.unwrap_or_else(Found::Failed)
    }

    async fn command(&mut self, key: &str) -> Result<Found<'static>, String> {
        if !matches!(self.seen, Seen::Command(_)) {
            self.seen = Seen::Command(command::run(self.resource).await);
        }
        match &self.seen {
            Seen::Command(ended) => command::find(ended.as_ref().map_err(Clone::clone)?, key),
            _ => Err(unknown(key)),
        }
    }

    async fn dns(&mut self, key: &str) -> Result<Found<'static>, String> {
        if !matches!(self.seen, Seen::Dns(_)) {
            self.seen = Seen::Dns(dns::look_up(self.resource).await);
        }
        let Seen::Dns(answers) = &self.seen else {
            return Err(unknown(key));
        };
        let answers = answers.as_ref().map_err(Clone::clone)?;
        match key {
            "resolvable" | "resolveable" => Ok(value(!answers.is_empty())),
            "addrs" => Ok(Found::Strings(answers.clone())),
            _ => Err(unknown(key)),
        }
    }

    async fn http(&mut self, key: &str) -> Result<Found<'static>, String> {
        if !matches!(self.seen, Seen::Http(_)) {
            self.seen = Seen::Http(Box::new(http::ask(self.resource).await));
        }
        match &self.seen {
            Seen::Http(answer) => http::find(answer.as_ref().as_ref().map_err(Clone::clone)?, key),
            _ => Err(unknown(key)),
        }
    }

    async fn interface(&self, key: &str) -> Result<Found<'static>, String> {
        let mut all = aside(interfaces).await?;
        let interface = all.remove(self.resource.name());
        match (key, interface) {
            ("exists", interface) => Ok(value(interface.is_some())),
            (_, None) => Err("there is no such interface".to_owned()),
            ("addrs", Some(interface)) => {
                let addresses = interface.addresses.iter();
                let shown = addresses.map(|(address, prefix)| format!("{address}/{prefix}"));
                Ok(Found::Strings(shown.collect()))
            }
            ("mtu", Some(interface)) => interface
                .mtu
                .map(|mtu| value(i64::from(mtu)))
                .ok_or_else(|| "the kernel does not tell".to_owned()),
            _ => Err(unknown(key)),
        }
    }

    fn kernel_parameter(&self) -> Result<Found<'static>, String> {
        kernel::parameter(self.resource.name())
            .map(value)
            .map_err(|_| "could not find the given key".to_owned())
    }

    fn content(&self) -> Result<Found<'static>, String> {
        match &self.resource.settings {
            Settings::Matching {
                content,
                as_reader: true,
            } => Ok(stream(Source::Text, content.to_string().into_bytes())),
            Settings::Matching { content, .. } => Ok(Found::Value(content.clone())),
            _ => Ok(Found::Value(Value::Null)),
        }
    }

    async fn package(&mut self, key: &str) -> Result<Found<'static>, String> {
        if !matches!(self.seen, Seen::Package(_)) {
            let manager = self.context.packages().await;
            let versions = manager.versions(self.resource.name(), PATIENCE).await;
            self.seen = Seen::Package(versions.map_err(told)?);
        }
        let Seen::Package(versions) = &self.seen else {
            return Err(unknown(key));
        };
        match key {
            "installed" => Ok(value(versions.is_some())),
            "versions" => match versions {
                Some(versions) if !versions.is_empty() => Ok(Found::Strings(versions.clone())),
                _ => Err("Package version not found".to_owned()),
            },
            _ => Err(unknown(key)),
        }
    }

    async fn port(&self, key: &str) -> Result<Found<'static>, String> {
        let (protocol, port) = self
            .resource
            .name()
            .rsplit_once(':')
            .unwrap_or(("tcp", self.resource.name()));
        let sockets = self.context.sockets().await?;
        let protocol = Protocol::ALL.into_iter().find(|it| it.as_str() == protocol);
        let sockets = protocol.and_then(|it| sockets.get(&it));
        let port: Option<u16> = port.parse().ok();
        let listening = sockets
            .into_iter()
            .flatten()
            .filter(|it| Some(it.port()) == port);
        let addresses: Vec<String> = listening.map(shown_address).collect();
        match key {
            "listening" => Ok(value(!addresses.is_empty())),
            "ip" => Ok(Found::Strings(addresses)),
            _ => Err(unknown(key)),
        }
    }

    async fn process(&self) -> Result<Found<'static>, String> {
        let names = self.context.processes().await?;
        Ok(value(names.contains(self.resource.name())))
    }

    async fn service(&self, key: &str) -> Result<Found<'static>, String> {
        let (manager, name) = (self.context.services().await, self.resource.name());
        match key {
            "enabled" => manager
                .enabled(name, PATIENCE)
                .await
                .map(value)
                .map_err(told),
            "running" => manager
                .running(name, PATIENCE)
                .await
                .map(value)
                .map_err(told),
            "runlevels" => manager.runlevels(name).map(Found::Strings).map_err(told),
            _ => Err(unknown(key)),
        }
    }

    async fn user(&mut self, key: &str) -> Result<Found<'static>, String> {
        if !matches!(self.seen, Seen::User(_)) {
            self.seen = Seen::User(account::user(self.resource.name()).await);
        }
        match &self.seen {
            Seen::User(user) => account::of_user(user.as_ref(), key).await,
            _ => Err(unknown(key)),
        }
    }
}

/// One value.
fn value(it: impl Into<Value>) -> Found<'static> {
    Found::Value(it.into())
}

fn stream(source: Source, bytes: Vec<u8>) -> Found<'static> {
    Found::Stream(Stream {
        source,
        reader: Box::new(Cursor::new(bytes)),
    })
}

/// What went wrong, as results show it.
fn told(error: impl Display) -> String {
    error.to_string()
}

/// The tables of kinds and of probes disagree.
fn unknown(key: &str) -> String {
    format!("`{key}` is not looked at")
}

/// The address of a socket. Compat: goss system/port.go: letters of IPv6 are capital.
fn shown_address(socket: &SocketAddr) -> String {
    match socket.ip() {
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(address) => address.to_string(),
            None => address.to_string().to_uppercase(),
        },
        IpAddr::V4(address) => address.to_string(),
    }
}
