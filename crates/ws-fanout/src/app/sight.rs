//! What one client sees where: its stream, cut to the roles of its token.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::ids::BranchId;
use domain::orders::audience::Audience;
use domain::orders::status::OrderStatus;
use domain::permissions::{Action, Grants, Permission, Role, permission};

use super::view::{Courier, Stream, View};

/// One view per branch, or one for the whole chain. Whoever clones it shares it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sight {
    everywhere: Option<Arc<View>>,
    /// Sorted.
    named: Arc<[(BranchId, Arc<View>)]>,
}

/// What a client asks to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// Which stream.
    pub stream: Stream,
    /// One branch; without it a tablet gets the branch of its token, a dashboard all of them.
    pub branch: Option<BranchId>,
    /// Only orders in these statuses; empty: all.
    pub statuses: BTreeSet<OrderStatus>,
}

/// The token allows none of what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("your roles do not allow this in that branch")]
pub struct NotAllowed;

impl Sight {
    /// What a person or device with these grants sees of what it wishes.
    pub fn of(subject: &str, grants: &Grants, wish: &Wish) -> Result<Self, NotAllowed> {
        let chain = chain_roles(grants);
        let view = |roles: &[Role]| view(subject, roles, wish);
        let at = |branch: BranchId| view(&grants.roles_at(branch)).map(|view| (branch, Arc::new(view)));
        let everywhere = view(&chain).map(Arc::new);
        let named: BTreeMap<BranchId, Arc<View>> =
            named_branches(grants).into_iter().filter_map(at).collect();

        let one = match (wish.branch, wish.stream) {
            (Some(branch), _) => Some(branch),
            (None, Stream::Dashboard) => None,
            (None, Stream::Tablet) => Some(home(everywhere.is_some(), &named).ok_or(NotAllowed)?),
        };
        let sight = match one {
            Some(branch) => Self { everywhere: None, named: at(branch).into_iter().collect() },
            None => Self { everywhere, named: named.into_iter().collect() },
        };
        if sight.everywhere.is_none() && sight.named.is_empty() { Err(NotAllowed) } else { Ok(sight) }
    }

    /// Whether branches that nobody has heard of yet belong to it.
    pub const fn is_everywhere(&self) -> bool {
        self.everywhere.is_some()
    }

    /// The view of branches without one of their own.
    pub const fn everywhere(&self) -> Option<&Arc<View>> {
        self.everywhere.as_ref()
    }

    /// Branches with a view of their own, and those views.
    pub fn named_views(&self) -> impl Iterator<Item = (BranchId, &Arc<View>)> {
        self.named.iter().map(|(branch, view)| (*branch, view))
    }

    /// Branches with a view of their own.
    pub fn named(&self) -> impl Iterator<Item = BranchId> {
        self.named.iter().map(|(branch, _)| *branch)
    }

    /// The view of a branch; `None` when the client must not see it.
    pub fn view(&self, branch: BranchId) -> Option<&Arc<View>> {
        let at = self.named.binary_search_by_key(&branch, |(named, _)| *named).ok();
        at.and_then(|at| self.named.get(at)).map(|(_, view)| view).or(self.everywhere.as_ref())
    }
}

/// The branch of a tablet that names none: the only one of its token, else the default one.
fn home(everywhere: bool, named: &BTreeMap<BranchId, Arc<View>>) -> Option<BranchId> {
    match named.keys().next() {
        Some(only) if named.len() == 1 && !everywhere => Some(*only),
        _ if everywhere || named.contains_key(&BranchId::MAIN) => Some(BranchId::MAIN),
        first => first.copied(),
    }
}

fn view(subject: &str, roles: &[Role], wish: &Wish) -> Option<View> {
    // everybody is a customer besides, and customers have a stream of their own
    let roles: Vec<Role> = roles.iter().copied().filter(|role| *role != Role::Customer).collect();
    let best = roles.iter().map(|role| permission(*role, Action::ReadLiveOrders)).max()?;
    let courier = roles.contains(&Role::Courier).then(|| Courier {
        subject: subject.to_owned(),
        own: Audience::of(&roles, true),
        only_own: best == Permission::Own,
    });
    (best >= Permission::Own).then(|| View {
        stream: wish.stream,
        audience: Audience::of(&roles, false),
        courier,
        statuses: wish.statuses.clone(),
    })
}

fn chain_roles(grants: &Grants) -> Vec<Role> {
    grants.iter().filter(|grant| grant.branches.is_none()).map(|grant| grant.role).collect()
}

fn named_branches(grants: &Grants) -> BTreeSet<BranchId> {
    grants.iter().filter_map(|grant| grant.branches.as_ref()).flatten().copied().collect()
}

#[cfg(test)]
mod tests {
    use domain::orders::audience::FieldGroup;
    use domain::permissions::Grant;
    use uuid::Uuid;

    use super::*;

    const A: BranchId = BranchId::from_uuid(Uuid::from_u128(0xA));
    const B: BranchId = BranchId::from_uuid(Uuid::from_u128(0xB));

    fn wish(stream: Stream, branch: Option<BranchId>) -> Wish {
        Wish { stream, branch, statuses: BTreeSet::new() }
    }

    fn sight(grants: Vec<Grant>, wish: &Wish) -> Result<Sight, NotAllowed> {
        Sight::of("somebody", &Grants::new(grants), wish)
    }

    fn branches(sight: &Sight) -> Vec<BranchId> {
        sight.named().collect()
    }

    #[test]
    fn a_tablet_sees_the_branch_of_its_token_only() {
        let cook = vec![Grant::within(Role::Cook, [A])];

        let own = sight(cook.clone(), &wish(Stream::Tablet, None)).unwrap();
        let foreign = sight(cook, &wish(Stream::Tablet, Some(B)));

        assert_eq!(branches(&own), [A]);
        assert_eq!(own.view(B), None);
        assert_eq!(foreign, Err(NotAllowed));
    }

    #[test]
    fn a_tablet_with_a_token_for_the_whole_chain_still_sees_one_branch() {
        let manager = vec![Grant::everywhere(Role::Manager)];

        let default = sight(manager.clone(), &wish(Stream::Tablet, None)).unwrap();
        let chosen = sight(manager, &wish(Stream::Tablet, Some(B))).unwrap();

        assert_eq!(branches(&default), [BranchId::MAIN]);
        assert_eq!(branches(&chosen), [B]);
        assert!(!default.is_everywhere() && default.view(B).is_none());
    }

    #[test]
    fn a_dashboard_sees_all_branches_of_its_token_each_with_the_columns_of_its_roles_there() {
        let grants = vec![Grant::within(Role::Manager, [A]), Grant::within(Role::Cook, [A, B])];

        let sight = sight(grants, &wish(Stream::Dashboard, None)).unwrap();

        let sees = |branch, group| sight.view(branch).unwrap().audience.sees(group);
        assert_eq!(branches(&sight), [A, B]);
        assert!(sees(A, FieldGroup::Contact));
        assert!(!sees(B, FieldGroup::Contact));
    }

    #[test]
    fn a_courier_sees_own_orders_only_and_their_address() {
        let sight = sight(vec![Grant::within(Role::Courier, [A])], &wish(Stream::Tablet, None)).unwrap();

        let courier = sight.view(A).unwrap().courier.clone().unwrap();
        assert!(courier.only_own && courier.own.sees(FieldGroup::Contact));
    }

    #[test]
    fn who_may_not_read_orders_sees_nothing() {
        for grants in
            [vec![], vec![Grant::everywhere(Role::Technologist)], vec![Grant::everywhere(Role::Customer)]]
        {
            for stream in [Stream::Tablet, Stream::Dashboard] {
                assert_eq!(sight(grants.clone(), &wish(stream, None)), Err(NotAllowed));
            }
        }
    }
}
