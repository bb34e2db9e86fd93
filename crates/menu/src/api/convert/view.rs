//! What the public asks for: the menu of a branch for a channel.

use contracts::menu::v1::GetMenuRequest;
use domain::channel::Channel;
use domain::ids::BranchId;
use domain::menu::Menu;
use domain::{ErrorKind, Refused};

/// Whose menu is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Where.
    pub branch: BranchId,
    /// For whom.
    pub channel: Channel,
}

/// Reads the request; branches are known from the menu itself.
pub fn wanted(request: &GetMenuRequest, menu: &Menu) -> Result<Wanted, Refused> {
    Ok(Wanted { branch: branch(&request.branch_id, menu)?, channel: channel(&request.channel)? })
}

fn branch(raw: &str, menu: &Menu) -> Result<BranchId, Refused> {
    if raw.is_empty() {
        return Ok(menu.default_branch().map_or(BranchId::MAIN, |branch| branch.id));
    }
    let named = raw.parse().ok().and_then(|id| menu.branch(id)).filter(|branch| branch.active);
    let unknown = || Refused::one(ErrorKind::InvalidArgument, "branch_id", "BRANCH_UNKNOWN", "is no branch");
    named.map(|branch| branch.id).ok_or_else(unknown)
}

fn channel(raw: &str) -> Result<Channel, Refused> {
    let expected = "must be mobile, web, office, phone or partner";
    let unknown = || Refused::one(ErrorKind::InvalidArgument, "channel", "CHANNEL_UNKNOWN", expected);
    if raw.is_empty() { Ok(Channel::Mobile) } else { Channel::parse(raw).ok_or_else(unknown) }
}
