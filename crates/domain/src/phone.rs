//! Phone numbers in one form, so that the same number is the same text.

/// A number that can be called.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Phone(String);

/// A text that is no phone number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a phone number")]
pub struct NotAPhone;

impl NotAPhone {
    /// The reason in upper snake case.
    pub const REASON: &'static str = "PHONE_INVALID";
}

impl Phone {
    /// Reads a number as people write it.
    ///
    /// `+` and 8..=15 digits are kept; 11 digits from 7 or 8, or 10 digits, are Russian numbers; 5..=7 digits are
    /// a local number.
    pub fn parse(raw: &str) -> Result<Self, NotAPhone> {
        let dropped = |c: &char| !c.is_whitespace() && !matches!(c, '(' | ')' | '-' | '.');
        let dialled: String = raw.chars().filter(dropped).collect();
        let (plus, digits) = match dialled.strip_prefix('+') {
            Some(digits) => (true, digits),
            None => (false, dialled.as_str()),
        };
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(NotAPhone);
        }
        match (plus, digits.len()) {
            (true, 8..=15) => Ok(Self(dialled)),
            (false, 11) => {
                let national = digits.strip_prefix(['7', '8']).ok_or(NotAPhone)?;
                Ok(Self(format!("+7{national}")))
            }
            (false, 10) => Ok(Self(format!("+7{digits}"))),
            (false, 5..=7) => Ok(Self(dialled)),
            _ => Err(NotAPhone),
        }
    }

    /// The number in its one form.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last four digits, which prove that a caller knows the number.
    pub fn last4(&self) -> &str {
        self.0.get(self.0.len().saturating_sub(4)..).unwrap_or(&self.0)
    }
}

/// Shows the last digits only: numbers do not belong into logs.
impl std::fmt::Debug for Phone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Phone(...{})", self.last4())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(raw: &str) -> Option<String> {
        Phone::parse(raw).ok().map(|phone| phone.as_str().to_owned())
    }

    #[test]
    fn ord_12_a_number_has_one_form() {
        assert_eq!(read("8 (912) 345-67-89").as_deref(), Some("+79123456789"));
        assert_eq!(read("9123456789").as_deref(), Some("+79123456789"));
        assert_eq!(Phone::parse("12ab"), Err(NotAPhone));
    }

    #[test]
    fn foreign_and_local_numbers_are_kept() {
        assert_eq!(read("+49 30 901820").as_deref(), Some("+4930901820"));
        assert_eq!(read("23-45-67").as_deref(), Some("234567"));
    }

    #[test]
    fn too_short_too_long_and_misplaced_signs_are_refused() {
        for raw in ["", "1234", "12345678", "91234567890", "+1234567", "+1234567890123456", "7+9123456789"] {
            assert_eq!(read(raw), None, "{raw}");
        }
    }

    #[test]
    fn a_printed_number_keeps_its_secret() {
        let phone = Phone::parse("+79123456789").unwrap();

        assert_eq!(format!("{phone:?}"), "Phone(...6789)");
        assert_eq!(phone.last4(), "6789");
    }
}
