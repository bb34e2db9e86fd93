//! Development keys: an Ed25519 pair that signs tokens, and the secret that services share.

use std::{
    fs,
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use ed25519_dalek::{
    SigningKey,
    pkcs8::{EncodePrivateKey as _, EncodePublicKey as _, spki::der::pem::LineEnding},
};
use rand_core::{OsRng, RngCore as _};

use crate::arguments::Arguments;

/// File with the private key, PKCS#8 PEM.
pub const PRIVATE_KEY: &str = "jwt-private.pem";
/// File with the public key, SPKI PEM.
pub const PUBLIC_KEY: &str = "jwt-public.pem";
/// File with the secret that services sign inner calls with.
pub const INTERNAL_SECRET: &str = "internal-secret";

/// Makes what is missing in the folder; what is there stays.
pub fn run(root: &Path, words: impl Iterator<Item = String>) -> anyhow::Result<()> {
    let arguments = Arguments::parse(words, &[], &[])?;
    let folder = arguments.bare.first().map_or_else(|| root.join(".pizzeria/up"), PathBuf::from);
    make(&folder)
}

/// Makes what is missing in `folder`.
pub fn make(folder: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let private = folder.join(PRIVATE_KEY);
    if !private.exists() {
        let key = SigningKey::generate(&mut OsRng);
        // the public half first: a run that dies in between begins again with a new pair
        let public = key.verifying_key().to_public_key_pem(LineEnding::LF)?;
        fs::write(folder.join(PUBLIC_KEY), public)?;
        write_secret(&private, key.to_pkcs8_pem(LineEnding::LF)?.as_bytes())?;
    }
    let secret = folder.join(INTERNAL_SECRET);
    if !secret.exists() {
        let mut bytes = [0_u8; 32];
        OsRng.fill_bytes(&mut bytes);
        write_secret(&secret, hex::encode(bytes).as_bytes())?;
    }
    Ok(())
}

fn write_secret(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .and_then(|mut file| file.write_all(bytes))
        .with_context(|| path.display().to_string())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::check::fixture::Folder;

    #[test]
    fn keys_are_made_once_and_only_their_owner_reads_them() {
        let folder = Folder::new("keys");
        make(folder.path()).unwrap();
        let first = fs::read(folder.path().join(PRIVATE_KEY)).unwrap();

        make(folder.path()).unwrap();

        assert_eq!(fs::read(folder.path().join(PRIVATE_KEY)).unwrap(), first);
        for name in [PRIVATE_KEY, INTERNAL_SECRET] {
            let mode = fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
    }
}
