//! How much memory this process holds.

use std::fs;

/// Resident bytes of this process; `None` where the system does not say.
pub fn resident_bytes() -> Option<u64> {
    parse(&fs::read_to_string("/proc/self/status").ok()?)
}

fn parse(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim_end().parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_resident_size_is_read_from_the_kernels_words() {
        assert_eq!(parse("VmPeak:\t  10 kB\nVmRSS:\t   2048 kB\n"), Some(2_097_152));
        assert_eq!(parse("VmPeak:\t  10 kB\n"), None);
        assert!(resident_bytes().unwrap() > 0);
    }
}
