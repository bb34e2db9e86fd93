//! Who a token speaks for.

use chrono::DateTime;
use domain::ServiceError as _;
use edge::Verifier;
use edge::identity::{Caller, CallerKind};
use secrecy::{ExposeSecret as _, SecretString};

use crate::app::ports::{Gate, Member};
use crate::app::refusal::Refusal;

/// Lets in whom a good token speaks for.
pub struct TokenGate(pub Verifier);

impl Gate for TokenGate {
    fn admit(&self, token: &SecretString) -> Result<Member, Box<Refusal>> {
        let verified = self.0.verify(token.expose_secret());
        let caller = verified.map_err(|error| Box::new(Refusal::unauthenticated(error.reason(), error)))?;
        member(&caller, token).ok_or_else(|| {
            Box::new(Refusal::unauthenticated("NOT_SIGNED_IN", "only people and devices have streams"))
        })
    }
}

/// Services read the log themselves, and customers have a stream of their own at the gateway.
fn member(caller: &Caller, token: &SecretString) -> Option<Member> {
    let is_device = match caller.kind {
        CallerKind::Staff => false,
        CallerKind::Device => true,
        CallerKind::Customer | CallerKind::Service => return None,
    };
    Some(Member {
        subject: caller.subject.as_ref().to_owned(),
        is_device,
        grants: caller.grants.as_ref().clone(),
        expires: caller.expires.unwrap_or(DateTime::UNIX_EPOCH),
        token: token.clone(),
    })
}
