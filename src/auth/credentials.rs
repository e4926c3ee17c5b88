//! Passwords, tokens and keys: how they are made, kept and checked.

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use std::fmt;
use tokio::sync::Semaphore;

use crate::error::{Error, Result};

/// Shortest and longest password, in characters; checked before anything is hashed.
pub const PASSWORD_LENGTH: std::ops::RangeInclusive<usize> = 8..=128;

/// Maximum number of queued hashes; more are refused.
const QUEUE: usize = 64;

/// Hashes passwords with argon2id (19 MiB, 2 passes, 1 lane), at most as many at once as there are cores.
pub struct Hasher {
    running: Semaphore,
    admitted: Semaphore,
    /// Hash to check for an unknown account, so that it takes the same work.
    decoy: std::sync::OnceLock<String>,
}

impl Default for Hasher {
    fn default() -> Self {
        Hasher::new()
    }
}

impl Hasher {
    pub fn new() -> Hasher {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Hasher {
            running: Semaphore::new(cores),
            admitted: Semaphore::new(cores + QUEUE),
            decoy: std::sync::OnceLock::new(),
        }
    }

    /// The password as a PHC string with a salt of its own.
    pub async fn hash(&self, password: &str) -> Result<String> {
        let password = password.to_owned();
        self.run(move || hash_now(&password)).await?
    }

    /// Whether the password is the one that was hashed. Without a hash the answer is no, after the same work.
    pub async fn verify(&self, password: &str, hash: Option<&str>) -> Result<bool> {
        let known = hash.is_some();
        let hash = match hash {
            Some(hash) => hash.to_owned(),
            None => self.decoy().await?,
        };
        let password = password.to_owned();
        let matches = self
            .run(move || PasswordHash::new(&hash).is_ok_and(|hash| argon2().verify_password(password.as_bytes(), &hash).is_ok()))
            .await?;
        Ok(known && matches)
    }

    async fn decoy(&self) -> Result<String> {
        if let Some(decoy) = self.decoy.get() {
            return Ok(decoy.clone());
        }
        let decoy = self.hash("a password of no user").await?;
        Ok(self.decoy.get_or_init(|| decoy).clone())
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let Ok(_admitted) = self.admitted.try_acquire() else {
            return Err(Error::RateLimited { retry_after_seconds: 5 });
        };
        let _running = self.running.acquire().await.map_err(Error::internal)?;
        tokio::task::spawn_blocking(work).await.map_err(Error::internal)
    }
}

/// A token that came with a request, by what it looks like and by its hash.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Presented {
    Session(Vec<u8>),
    Key(Vec<u8>),
}

/// A generated credential that is shown once. Its only way into an answer is its own type of the schema, which marks that answer as
/// confidential.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

/// A new API key.
pub struct NewKey {
    pub text: Secret,
    /// First characters.
    pub prefix: String,
    pub hash: Vec<u8>,
}

/// A password that an account begins with.
pub struct FirstPassword {
    pub text: String,
    is_made: bool,
}

/// Prefix of every API key, so that people and scanners of source code recognise one.
const KEY_PREFIX: &str = "crt_";

/// Number of readable characters of a key after the prefix; the rest has more than 200 bits.
const KEY_READABLE: usize = 8;

/// Number of characters of 256 bits.
const TOKEN_LENGTH: usize = 43;

impl Secret {
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("(hidden)")
    }
}

impl Presented {
    /// The length distinguishes a key from a session that happens to begin with the same prefix.
    pub fn read(token: &str) -> Presented {
        let hash = hash_token(token);
        match token.strip_prefix(KEY_PREFIX) {
            Some(rest) if rest.len() == TOKEN_LENGTH => Presented::Key(hash),
            _ => Presented::Session(hash),
        }
    }
}

impl FirstPassword {
    /// The given password, or a generated one.
    pub fn given_or_made(given: Option<String>) -> FirstPassword {
        match given {
            Some(text) => FirstPassword { text, is_made: false },
            None => FirstPassword {
                text: new_password(),
                is_made: true,
            },
        }
    }

    /// The password, if it was generated: it is not stored, so it must be shown once.
    pub fn made(self) -> Option<Secret> {
        self.is_made.then_some(Secret(self.text))
    }
}

/// A new secret of 256 bits that begins like a key.
pub fn new_key() -> NewKey {
    let (secret, _) = new_token();
    let text = format!("{KEY_PREFIX}{}", secret.expose());
    NewKey {
        prefix: text.chars().take(KEY_PREFIX.len() + KEY_READABLE).collect(),
        hash: hash_token(&text),
        text: Secret(text),
    }
}

/// A new secret of 256 bits, and the hash that is kept of it.
pub fn new_token() -> (Secret, Vec<u8>) {
    let bytes: [u8; 32] = rand::random();
    let token = URL_SAFE_NO_PAD.encode(bytes);
    let hash = hash_token(&token);
    (Secret(token), hash)
}

/// The stored hash of a token. A token is random, so a plain hash cannot be reversed by guessing.
pub fn hash_token(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// A password of 100 bits that can be read out: four groups of five letters and digits, none of which looks like another.
fn new_password() -> String {
    const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";
    let bytes: [u8; 20] = rand::random();
    let groups = bytes.chunks(5).map(|group| {
        let letters = group.iter().map(|byte| char::from(LETTERS[usize::from(byte & 31)]));
        letters.collect::<String>()
    });
    groups.collect::<Vec<_>>().join("-")
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(19 * 1024, 2, 1, None).expect("19 MiB, 2 passes and 1 lane are within the limits of argon2");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn hash_now(password: &str) -> Result<String> {
    Ok(argon2()
        .hash_password(password.as_bytes())
        .map_err(|error| Error::internal(error.to_string()))?
        .to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_matches_its_own_hash_only() {
        let hasher = Hasher::new();
        let hash = hasher.hash("correct horse").await.expect("hashes");
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(hasher.verify("correct horse", Some(&hash)).await.expect("verifies"));
        assert!(!hasher.verify("wrong horse", Some(&hash)).await.expect("verifies"));
        assert!(!hasher.verify("a password of no user", None).await.expect("verifies"));
    }

    #[test]
    fn tokens_are_long_and_differ() {
        let ((one, hash), (other, _)) = (new_token(), new_token());
        assert_eq!(one.expose().len(), 43);
        assert_ne!(one, other);
        assert_eq!(hash, hash_token(one.expose()));
    }

    #[test]
    fn keys_differ_from_sessions() {
        let key = new_key();
        let text = key.text.expose();
        assert_eq!((text.len(), key.prefix.len()), (47, 12));
        assert!(text.starts_with(&key.prefix) && key.prefix.starts_with("crt_"));
        assert_eq!(Presented::read(text), Presented::Key(key.hash));
        let (token, hash) = new_token();
        assert_eq!(Presented::read(token.expose()), Presented::Session(hash));
        // A session may happen to begin like a key.
        let unlucky = format!("crt_{}", &token.expose()[..39]);
        assert_eq!(Presented::read(&unlucky), Presented::Session(hash_token(&unlucky)));
    }

    #[test]
    fn passwords_are_made_where_none_is_given() {
        let made = FirstPassword::given_or_made(None).made().expect("it was made");
        let text = made.expose();
        assert_eq!(text.len(), 23);
        assert!(text.split('-').all(|group| group.len() == 5), "{text}");
        assert_ne!(Some(made), FirstPassword::given_or_made(None).made());
        assert_eq!(FirstPassword::given_or_made(Some("given".to_owned())).made(), None);
    }
}
