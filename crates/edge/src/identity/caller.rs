//! The caller as use cases see it.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::ids::BranchId;
use domain::permissions::{Action, Grants, Permission, Reach};
use domain::{ErrorKind, ServiceError};

/// What kind of caller it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CallerKind {
    /// Nobody we know.
    Customer,
    /// A person of the staff.
    Staff,
    /// An enrolled device without a person.
    Device,
    /// One of our own services.
    Service,
}

/// Who makes this call, verified.
#[derive(Clone)]
pub struct Caller {
    /// Id of the person or device, name of the service; empty for an anonymous customer.
    pub subject: Arc<str>,
    /// What kind of caller it is.
    pub kind: CallerKind,
    /// Its roles and where they hold.
    pub grants: Arc<Grants>,
    /// Its session.
    pub session: Option<Arc<str>>,
    /// When its token ends.
    pub expires: Option<DateTime<Utc>>,
}

/// Why a caller may not do what it asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// An anonymous caller asked for something that is not public.
    #[error("sign in first")]
    NotSignedIn,
    /// No role of the caller allows it, or not there.
    #[error(transparent)]
    NotGranted(#[from] domain::permissions::Denied),
    /// Only our own services may call this.
    #[error("this call is for services only")]
    ServicesOnly,
}

impl Caller {
    /// A customer without a token.
    pub fn anonymous() -> Self {
        Self {
            subject: Arc::from(""),
            kind: CallerKind::Customer,
            grants: Arc::default(),
            session: None,
            expires: None,
        }
    }

    /// One of our own services.
    pub fn service(name: &str) -> Self {
        Self { subject: Arc::from(name), kind: CallerKind::Service, ..Self::anonymous() }
    }

    /// Whether nobody vouches for the caller.
    pub fn is_anonymous(&self) -> bool {
        self.subject.is_empty()
    }

    /// How audit and events name the caller.
    pub fn actor(&self) -> String {
        match self.kind {
            CallerKind::Customer => "customer".to_owned(),
            CallerKind::Staff => format!("staff:{}", self.subject),
            CallerKind::Device => format!("device:{}", self.subject),
            CallerKind::Service => "system".to_owned(),
        }
    }

    /// Passes if a role of the caller allows `action` in `branch`.
    pub fn require(&self, action: Action, branch: BranchId) -> Result<(), Denied> {
        self.signed_in(self.grants.allows(action, branch))
    }

    /// Passes if a role of the caller allows `action` in `branch`, be it with the caller's own records only.
    pub fn require_own(&self, action: Action, branch: BranchId) -> Result<(), Denied> {
        self.signed_in(self.grants.allows_own(action, branch))
    }

    /// Passes if a role of the caller allows `action` in the whole chain.
    pub fn require_chain(&self, action: Action) -> Result<(), Denied> {
        self.signed_in(self.grants.allows_chain(action))
    }

    /// Passes if a role of the caller allows `action` anywhere; the branch is to be asked for later.
    pub fn require_somewhere(&self, action: Action) -> Result<(), Denied> {
        let reach = self.grants.reach(action, Permission::Granted);
        let is_nowhere = matches!(reach, Reach::Branches(branches) if branches.is_empty());
        self.signed_in(if is_nowhere { Err(domain::permissions::Denied::Role) } else { Ok(()) })
    }

    /// Passes if the caller is one of our own services.
    pub fn require_service(&self) -> Result<(), Denied> {
        match self.kind {
            CallerKind::Service => Ok(()),
            CallerKind::Customer => Err(Denied::NotSignedIn),
            CallerKind::Staff | CallerKind::Device => Err(Denied::ServicesOnly),
        }
    }

    /// Whoever did not say who they are hears that first.
    fn signed_in(&self, allowed: Result<(), domain::permissions::Denied>) -> Result<(), Denied> {
        allowed.map_err(|denied| if self.is_anonymous() { Denied::NotSignedIn } else { denied.into() })
    }
}

impl fmt::Debug for Caller {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Caller")
            .field("kind", &self.kind)
            .field("subject", &self.subject)
            .finish_non_exhaustive()
    }
}

impl ServiceError for Denied {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotSignedIn => ErrorKind::Unauthenticated,
            Self::NotGranted(denied) => denied.kind(),
            Self::ServicesOnly => ErrorKind::PermissionDenied,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::NotSignedIn => "NOT_SIGNED_IN",
            Self::NotGranted(denied) => denied.reason(),
            Self::ServicesOnly => "ROLE_NOT_ALLOWED",
        }
    }
}
