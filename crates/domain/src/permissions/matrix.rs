//! Role by action: the one table of permissions.

use super::Role;

/// Something that needs a permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Menu, quote, placing and tracking an order.
    PublicOrder,
    /// Placing an order for a customer.
    PlaceForCustomer,
    /// Reading live orders; which fields, is up to the audience.
    ReadLiveOrders,
    /// Looking for orders, and their history.
    SearchOrders,
    /// Moving orders and items through the kitchen.
    KitchenMove,
    /// Finishing an order that the kitchen has nothing to do for.
    FinishWithoutKitchen,
    /// Giving an order to a courier.
    HandToCourier,
    /// Giving an order to the customer at the counter.
    HandToCustomer,
    /// Saying that an order was delivered, or brought back.
    Deliver,
    /// Cancelling an order that nobody has begun.
    CancelPending,
    /// Cancelling an order that was begun; undoing a delivery.
    CancelStarted,
    /// Reading slots.
    ReadSlots,
    /// Settings, overrides, plan of slots.
    EditSlots,
    /// Reading the menu with all that is not on sale.
    ReadAdminMenu,
    /// Products, extras, sets.
    EditMenu,
    /// Prices, surcharges, commercial terms, promos.
    EditPrices,
    /// Putting something on the stop-list, and reading it.
    SetStop,
    /// Taking something off the stop-list.
    LiftStop,
    /// Stations and kitchen workers.
    EditKitchen,
    /// Changing a branch.
    EditBranches,
    /// Opening a branch.
    CreateBranches,
}

/// What a role may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Permission {
    /// Nothing.
    Denied,
    /// With the caller's own records.
    Own,
    /// With all records within the branches of the grant.
    Granted,
}

use Permission::{Denied as NO, Granted as YES, Own as OWN};

impl Action {
    /// Every action.
    pub const ALL: [Self; 21] = [
        Self::PublicOrder,
        Self::PlaceForCustomer,
        Self::ReadLiveOrders,
        Self::SearchOrders,
        Self::KitchenMove,
        Self::FinishWithoutKitchen,
        Self::HandToCourier,
        Self::HandToCustomer,
        Self::Deliver,
        Self::CancelPending,
        Self::CancelStarted,
        Self::ReadSlots,
        Self::EditSlots,
        Self::ReadAdminMenu,
        Self::EditMenu,
        Self::EditPrices,
        Self::SetStop,
        Self::LiftStop,
        Self::EditKitchen,
        Self::EditBranches,
        Self::CreateBranches,
    ];

    /// One row of the matrix, in the order of [`Role::ALL`].
    #[rustfmt::skip]
    const fn row(self) -> [Permission; 10] {
        match self {
            // super_admin, admin, manager, technologist, cook, packer, courier, cashier, accountant, customer
            Self::PublicOrder =>          [YES, YES, YES, YES, YES, YES, YES, YES, YES, YES],
            Self::PlaceForCustomer =>     [YES, YES, YES, NO,  NO,  NO,  NO,  YES, NO,  NO],
            Self::ReadLiveOrders =>       [YES, YES, YES, NO,  YES, YES, OWN, YES, YES, OWN],
            Self::SearchOrders =>         [YES, YES, YES, NO,  NO,  NO,  NO,  YES, YES, NO],
            Self::KitchenMove =>          [YES, YES, YES, NO,  YES, YES, NO,  NO,  NO,  NO],
            Self::FinishWithoutKitchen => [YES, YES, YES, NO,  YES, YES, NO,  YES, NO,  NO],
            Self::HandToCourier =>        [YES, YES, YES, NO,  NO,  YES, OWN, YES, NO,  NO],
            Self::HandToCustomer =>       [YES, YES, YES, NO,  NO,  YES, NO,  YES, NO,  NO],
            Self::Deliver =>              [YES, YES, YES, NO,  NO,  NO,  OWN, NO,  NO,  NO],
            Self::CancelPending =>        [YES, YES, YES, NO,  NO,  NO,  NO,  YES, NO,  OWN],
            Self::CancelStarted =>        [YES, YES, YES, NO,  NO,  NO,  NO,  NO,  NO,  NO],
            Self::ReadSlots =>            [YES, YES, YES, NO,  YES, YES, YES, YES, YES, NO],
            Self::EditSlots =>            [YES, YES, YES, NO,  NO,  NO,  NO,  NO,  NO,  NO],
            Self::ReadAdminMenu =>        [YES, YES, NO,  YES, NO,  NO,  NO,  NO,  NO,  NO],
            Self::EditMenu =>             [YES, YES, NO,  YES, NO,  NO,  NO,  NO,  NO,  NO],
            Self::EditPrices =>           [YES, YES, NO,  NO,  NO,  NO,  NO,  NO,  NO,  NO],
            Self::SetStop =>              [YES, YES, YES, YES, YES, YES, NO,  YES, NO,  NO],
            Self::LiftStop =>             [YES, YES, YES, YES, NO,  NO,  NO,  NO,  NO,  NO],
            Self::EditKitchen =>          [YES, YES, YES, NO,  NO,  NO,  NO,  NO,  NO,  NO],
            Self::EditBranches =>         [YES, YES, NO,  NO,  NO,  NO,  NO,  NO,  NO,  NO],
            Self::CreateBranches =>       [YES, NO,  NO,  NO,  NO,  NO,  NO,  NO,  NO,  NO],
        }
    }
}

/// What a role may do with an action.
pub fn permission(role: Role, action: Action) -> Permission {
    let cells = Role::ALL.into_iter().zip(action.row());
    cells.into_iter().find(|(each, _)| *each == role).map_or(NO, |(_, cell)| cell)
}

/// Whether a role may do it with all records; own records are asked for with [`permission`].
pub fn allowed(role: Role, action: Action) -> bool {
    permission(role, action) == YES
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rows of the domain rules that these actions come from, as they stand there.
    const DOCUMENT: [(Action, &str); 21] = [
        (Action::PublicOrder, "| yes | yes | yes | yes | yes | yes | yes | yes | yes |"),
        (Action::PlaceForCustomer, "| yes | yes | - | - | - | - | yes | - | - |"),
        (Action::ReadLiveOrders, "| yes | yes | - | yes | yes | own | yes | yes | own |"),
        (Action::SearchOrders, "| yes | yes | - | - | - | - | yes | yes | - |"),
        (Action::KitchenMove, "| yes | yes | - | yes | yes | - | - | - | - |"),
        (Action::FinishWithoutKitchen, "| yes | yes | - | yes | yes | - | yes | - | - |"),
        (Action::HandToCourier, "| yes | yes | - | - | yes | own | yes | - | - |"),
        (Action::HandToCustomer, "| yes | yes | - | - | yes | - | yes | - | - |"),
        (Action::Deliver, "| yes | yes | - | - | - | own | - | - | - |"),
        (Action::CancelPending, "| yes | yes | - | - | - | - | yes | - | own |"),
        (Action::CancelStarted, "| yes | yes | - | - | - | - | - | - | - |"),
        (Action::ReadSlots, "| yes | yes | - | yes | yes | yes | yes | yes | - |"),
        (Action::EditSlots, "| yes | yes | - | - | - | - | - | - | - |"),
        (Action::ReadAdminMenu, "| yes | - | yes | - | - | - | - | - | - |"),
        (Action::EditMenu, "| yes | - | yes | - | - | - | - | - | - |"),
        (Action::EditPrices, "| yes | - | - | - | - | - | - | - | - |"),
        (Action::SetStop, "| yes | yes | yes | yes | yes | - | yes | - | - |"),
        (Action::LiftStop, "| yes | yes | yes | - | - | - | - | - | - |"),
        (Action::EditKitchen, "| yes | yes | - | - | - | - | - | - | - |"),
        (Action::EditBranches, "| yes | - | - | - | - | - | - | - | - |"),
        (Action::CreateBranches, "| SA | - | - | - | - | - | - | - | - |"),
    ];

    #[test]
    fn the_matrix_is_the_document_cell_by_cell() {
        assert_eq!(DOCUMENT.map(|(action, _)| action), Action::ALL);
        for (action, row) in DOCUMENT {
            let cells: Vec<_> = row.trim_matches('|').split('|').map(str::trim).collect();
            let (both_admins, others) = cells.split_first().unwrap();
            let admin = if *both_admins == "SA" { "-" } else { both_admins };
            let expected: Vec<_> = [*both_admins, admin].into_iter().chain(others.iter().copied()).collect();
            for (role, cell) in Role::ALL.into_iter().zip(expected) {
                let meant = match cell {
                    "yes" | "SA" => YES,
                    "own" => OWN,
                    "-" => NO,
                    other => panic!("{other} is no cell"),
                };
                assert_eq!(permission(role, action), meant, "{role} {action:?}");
            }
        }
    }

    #[test]
    fn own_records_are_not_all_records() {
        assert!(!allowed(Role::Customer, Action::CancelPending));
        assert!(!allowed(Role::Courier, Action::ReadLiveOrders));
        assert!(allowed(Role::Cashier, Action::CancelPending));
    }
}
