//! What a record on the log must fulfil before it becomes an order.

use super::status::OrderStatus;
use crate::error::{ErrorKind, ServiceError};
use crate::ids::{BranchId, OrderId};

/// A fault is said in a line of the log and in a header, and a record may hold anything.
const MOST_QUOTED: usize = 100;

/// The numbers of a record, whole roubles as the wire carries them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordSums<'a> {
    /// Id of the order.
    pub id: &'a str,
    /// Id of its branch.
    pub branch_id: &'a str,
    /// Its status.
    pub status: &'a str,
    /// Price per unit and quantity of every item.
    pub items: &'a [(i64, i64)],
    /// Goods, before discount and fee.
    pub total: i64,
    /// What is taken off.
    pub discount: i64,
    /// What the delivery costs.
    pub fee: i64,
    /// What the customer pays.
    pub final_price: i64,
}

/// Why a record is no order; such a record goes to the dead letters.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordFault {
    /// The order's id is no UUID.
    #[error("the id {0:?} is not a UUID")]
    Id(String),
    /// The branch's id is no UUID.
    #[error("the branch id {0:?} is not a UUID")]
    Branch(String),
    /// A record tells the beginning of an order, nothing later.
    #[error("the status is {0:?} instead of \"pending\"")]
    Status(String),
    /// Nothing to make.
    #[error("there are no items")]
    NoItems,
    /// A price below zero or a quantity below one.
    #[error("item {0} has a negative price or no quantity")]
    Item(usize),
    /// A total, discount, fee or final price below zero.
    #[error("an amount is below zero")]
    Negative,
    /// The total is not the sum of the items.
    #[error("the total is {total}, the items make {items}")]
    Total {
        /// What the record says.
        total: i64,
        /// What its items say.
        items: i64,
    },
    /// The final price is not total less discount plus fee.
    #[error("the final price is {final_price}, the parts make {parts}")]
    Final {
        /// What the record says.
        final_price: i64,
        /// What its parts say.
        parts: i64,
    },
}

impl RecordSums<'_> {
    /// The ids of a record whose sums agree.
    pub fn check(&self) -> Result<(OrderId, BranchId), RecordFault> {
        let order = self.id.parse().map_err(|_| RecordFault::Id(quoted(self.id)))?;
        let branch = self.branch_id.parse().map_err(|_| RecordFault::Branch(quoted(self.branch_id)))?;
        if self.status != OrderStatus::Pending.as_str() {
            return Err(RecordFault::Status(quoted(self.status)));
        }
        if self.items.is_empty() {
            return Err(RecordFault::NoItems);
        }
        if self.total < 0 || self.discount < 0 || self.fee < 0 || self.final_price < 0 {
            return Err(RecordFault::Negative);
        }
        let items = self.sum_of_items()?;
        if self.total != items {
            return Err(RecordFault::Total { total: self.total, items });
        }
        let parts = self.total.saturating_sub(self.discount).saturating_add(self.fee);
        if self.final_price != parts {
            return Err(RecordFault::Final { final_price: self.final_price, parts });
        }
        Ok((order, branch))
    }

    fn sum_of_items(&self) -> Result<i64, RecordFault> {
        let mut sum = 0_i64;
        for (at, (price, quantity)) in self.items.iter().enumerate() {
            if *price < 0 || *quantity < 1 {
                return Err(RecordFault::Item(at));
            }
            sum = sum.saturating_add(price.saturating_mul(*quantity));
        }
        Ok(sum)
    }
}

fn quoted(text: &str) -> String {
    text.chars().take(MOST_QUOTED).collect()
}

impl ServiceError for RecordFault {
    fn kind(&self) -> ErrorKind {
        ErrorKind::InvalidArgument
    }

    fn reason(&self) -> &'static str {
        "RECORD_INVALID"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: RecordSums<'_> = RecordSums {
        id: "019c1a00-0000-7000-8000-000000000001",
        branch_id: "01900000-0000-7000-8000-000000000001",
        status: "pending",
        items: &[(748, 2)],
        total: 1_496,
        discount: 0,
        fee: 150,
        final_price: 1_646,
    };

    #[test]
    fn a_record_whose_sums_agree_is_an_order() {
        let (_, branch) = GOOD.check().unwrap();

        assert_eq!(branch, BranchId::MAIN);
    }

    #[test]
    fn an_order_may_cost_nothing() {
        let gift = RecordSums { items: &[(0, 1)], total: 0, fee: 0, final_price: 0, ..GOOD };

        assert!(gift.check().is_ok());
    }

    #[test]
    fn no_amount_of_a_record_is_below_zero() {
        let below = [
            RecordSums { total: -1, ..GOOD },
            RecordSums { discount: -1, final_price: 1_647, ..GOOD },
            RecordSums { fee: -1, final_price: 1_495, ..GOOD },
            RecordSums { discount: 2_000, final_price: -354, ..GOOD },
        ];

        for record in below {
            let fault = record.check().unwrap_err();

            assert_eq!(fault, RecordFault::Negative);
            assert_eq!((fault.kind(), fault.reason()), (ErrorKind::InvalidArgument, "RECORD_INVALID"));
        }
    }

    #[test]
    fn a_record_that_contradicts_itself_is_none() {
        let fault = |record: RecordSums<'_>| record.check().unwrap_err().to_string();

        assert_eq!(fault(RecordSums { id: "7", ..GOOD }), r#"the id "7" is not a UUID"#);
        assert_eq!(fault(RecordSums { branch_id: "", ..GOOD }), r#"the branch id "" is not a UUID"#);
        assert_eq!(
            fault(RecordSums { status: "ready", ..GOOD }),
            r#"the status is "ready" instead of "pending""#
        );
        assert_eq!(fault(RecordSums { items: &[], ..GOOD }), "there are no items");
        assert_eq!(
            fault(RecordSums { items: &[(748, 0)], ..GOOD }),
            "item 0 has a negative price or no quantity"
        );
        assert_eq!(fault(RecordSums { fee: -150, ..GOOD }), "an amount is below zero");
        assert_eq!(fault(RecordSums { total: 1_495, ..GOOD }), "the total is 1495, the items make 1496");
        assert_eq!(
            fault(RecordSums { final_price: 1_496, ..GOOD }),
            "the final price is 1496, the parts make 1646"
        );
    }
}
