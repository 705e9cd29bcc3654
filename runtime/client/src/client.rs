//! Who asks.

use core::time::Duration;
use std::sync::Arc;

use chorister_bus::{Connection, Link, Subscription};
use chorister_proto::subject::SubjectError;
use chorister_proto::{Filter, Request, Subject, Version, id, limits};
use chorister_security::key::random;
use chorister_security::{ReplyVerifier, SignError, Signer};
use jiff::Timestamp;
use tokio::sync::watch;
use tokio::time::{Instant, timeout, timeout_at};

use crate::ClientError;

/// Who asks, and whom it believes.
#[derive(Clone, Debug)]
pub struct Profile {
    /// The caller id: `provider=name`.
    pub caller: String,
    /// The identity of the host that asks.
    pub sender: String,
    /// The collective whose nodes are asked.
    pub collective: String,
    /// What requests are signed with; it says which version of the protocol is spoken.
    pub signer: watch::Receiver<Arc<Signer>>,
    /// Which replies are believed.
    pub verifier: ReplyVerifier,
    /// For how long a request counts; whole seconds.
    pub ttl: Duration,
    /// How long nodes have to say that they are there. Also added to what agents may take.
    pub discovery_timeout: Duration,
    /// How long to wait for a broker that lets us in.
    pub connect_timeout: Duration,
    /// Whether requests to all nodes are refused.
    pub filter_required: bool,
    /// Whether MD5 is not allowed, which names the subject of replies otherwise.
    pub fips: bool,
}

/// Somebody who asks nodes. Clones share the connection.
#[derive(Clone, Debug)]
pub struct Client {
    connection: Connection,
    profile: Arc<Profile>,
}

/// The least `ttl` that version 1 allows.
const LEAST_TTL_V1: Duration = Duration::from_secs(30);

// === impl Profile ===

impl Profile {
    /// A profile with the usual times: requests count for 60 s, nodes have 2 s to say that they are there, a broker has
    /// 10 s. Replies are believed when they are unchanged, signed or not; set `verifier` for more.
    #[must_use]
    pub fn new(
        caller: impl Into<String>,
        sender: impl Into<String>,
        collective: impl Into<String>,
        signer: watch::Receiver<Arc<Signer>>,
    ) -> Self {
        Self {
            caller: caller.into(),
            sender: sender.into(),
            collective: collective.into(),
            signer,
            verifier: ReplyVerifier::default(),
            ttl: Duration::from_secs(60),
            discovery_timeout: Duration::from_secs(2),
            connect_timeout: Duration::from_secs(10),
            filter_required: false,
            fips: false,
        }
    }
}

// === impl Client ===

impl Client {
    /// Asks over this connection.
    #[must_use]
    pub fn new(connection: Connection, profile: Profile) -> Self {
        Self {
            connection,
            profile: Arc::new(profile),
        }
    }

    /// Who asks.
    #[must_use]
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// The connection, for others to use.
    #[must_use]
    pub const fn connection(&self) -> &Connection {
        &self.connection
    }

    /// A new id for a request, which nobody guesses: replies of version 1 have nothing else that shows what they answer.
    pub(crate) fn request_id(&self) -> Result<String, SignError> {
        let random = random().ok_or(SignError::System)?;
        Ok(match self.version() {
            Version::V1 => id::request_v1(random),
            Version::V2 => id::request_v2(Timestamp::now().as_second(), random),
        })
    }

    fn version(&self) -> Version {
        self.profile.signer.borrow().version()
    }

    /// Where replies to a request go.
    pub(crate) fn reply_to(&self, request: &str) -> Result<String, ClientError> {
        let unique = if self.profile.fips {
            id::unique_fips
        } else {
            id::unique
        };
        let subject = Subject::Reply {
            collective: &self.profile.collective,
            client: &unique(&self.profile.caller),
            request,
        };
        Ok(subject.checked()?)
    }

    /// Where requests to a node go.
    pub(crate) fn subject_of(&self, identity: &str) -> Result<String, SubjectError> {
        let collective = &self.profile.collective;
        Subject::Node {
            collective,
            identity,
        }
        .checked()
    }

    /// Waits for a broker that lets us in.
    pub(crate) async fn ready(&self) -> Result<(), ClientError> {
        let most = self.profile.connect_timeout;
        if self.connected(Instant::now() + most).await {
            Ok(())
        } else {
            Err(self.no_broker(most))
        }
    }

    /// Waits until a broker has let us in; whether one did before the deadline.
    pub(crate) async fn connected(&self, deadline: Instant) -> bool {
        let mut link = self.connection.link();
        let up = link.wait_for(|it| matches!(it, Link::Up { .. } | Link::Closed));
        timeout_at(deadline, up).await.is_ok() && self.connection.is_up()
    }

    /// Listens to a subject, once a broker has let us in.
    pub(crate) async fn listen(&self, subject: &str) -> Result<Subscription, ClientError> {
        self.ready().await?;
        let most = self.profile.connect_timeout;
        match timeout(most, self.connection.subscribe(subject, None)).await {
            Ok(made) => Ok(made?),
            Err(_) => Err(self.no_broker(most)),
        }
    }

    /// Why no broker let us in.
    pub(crate) fn no_broker(&self, waited: Duration) -> ClientError {
        let reason = match &*self.connection.link().borrow() {
            Link::Connecting { reason, .. } | Link::Down { reason } => reason.clone(),
            Link::Closed => return ClientError::Closed,
            Link::Up { .. } => None,
        };
        ClientError::NoBroker { waited, reason }
    }

    /// Whether one signature is to serve all batches of a request.
    pub(crate) fn signs_once(&self) -> bool {
        self.profile.signer.borrow().is_held()
    }

    /// The bytes of a request as it is now, signed, that counts for so long.
    pub(crate) fn sign(
        &self,
        id: &str,
        agent: &str,
        filter: Option<Filter>,
        body: &[u8],
        reply_to: &str,
        ttl: Duration,
    ) -> Result<Vec<u8>, ClientError> {
        fits(body.len(), limits::BODY)?;
        let profile = &self.profile;
        let signer = Arc::clone(&profile.signer.borrow());
        let version = signer.version();
        let ttl = match version {
            Version::V1 => ttl.max(LEAST_TTL_V1),
            Version::V2 => ttl,
        };
        let mut request = Request {
            version,
            id: id.to_owned(),
            sender: profile.sender.clone(),
            caller: profile.caller.clone(),
            collective: profile.collective.clone(),
            agent: agent.to_owned(),
            ttl: ttl.as_secs().max(1),
            time: Timestamp::now(),
            filter,
            payload: Vec::new(),
        };
        request.set_body(body);
        let mut transport = signer.request_transport(&request, reply_to)?;
        let broker = self.connection.link().borrow().hop();
        transport.add_hop(&broker, &profile.sender, &broker);
        let bytes = transport.encode();
        let most = self.connection.max_payload().min(limits::TRANSPORT);
        fits(bytes.len(), most)?;
        Ok(bytes)
    }
}

/// Nothing is sent that nobody would take.
const fn fits(size: usize, most: usize) -> Result<(), ClientError> {
    if size > most {
        Err(ClientError::TooLarge { size, most })
    } else {
        Ok(())
    }
}
