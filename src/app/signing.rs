//! Addresses of single files that need no header: signed, bound to their object and to the credentials that they were asked for with, and valid
//! for a while. Their key is in the database, so that each server takes the addresses of all.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use arc_swap::ArcSwap;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, QueryOrder};
use sha2::Sha256;
use uuid::Uuid;

use crate::auth::{Credential, Viewer};
use crate::db::Db;
use crate::entities::access::signing_key;
use crate::error::Result;
use crate::ids::{self, Kind};

/// Signs addresses, and checks them.
pub struct Signer {
    /// The newest first, which signs.
    keys: ArcSwap<Vec<signing_key::Model>>,
    /// When they were last read for an address with an unknown key.
    read_at: AtomicI64,
}

/// What an address permits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    pub purpose: Purpose,
    /// The document or the upload.
    pub object_id: Uuid,
    pub user_id: Uuid,
    /// The address ends with these credentials.
    pub granted_by: GrantedBy,
    /// Milliseconds since 1970.
    pub expires_at: i64,
}

/// What an address leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The file of a document.
    File,
    /// The thumbnail of a document.
    Thumbnail,
    /// An upload, to send its parts to.
    Upload,
}

/// The credentials that an address was asked for with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantedBy {
    Session(Uuid),
    Key(Uuid),
}

/// Shortest time for which the address of a document is valid. Its end is rounded up to a whole minute, so that the address of a picture stays
/// the same for a while and caches of clients know it.
const LIFETIME_MS: i64 = 5 * 60 * 1000;
const MINUTE_MS: i64 = 60 * 1000;
/// The keys are read at most this often for addresses with an unknown one.
const REREAD_MS: i64 = 1000;
/// Bytes of a secret and of a code made with it.
const SECRET: usize = 32;
/// Bytes of the credentials, of the user and of the end of an address.
const GRANT: usize = 2 + 16 + 16 + 8;
/// Bytes of a signature: the key, the grant and the code. It is a multiple of three, so that each character of its text counts.
const SIGNATURE: usize = 16 + GRANT + SECRET;
/// So that no other use of a key makes the same codes.
const CONTEXT: &[u8] = b"cartera signed address 1";

impl Signer {
    /// Reads the keys; makes one where there is none.
    pub async fn open(db: &Db, now: i64) -> Result<Signer> {
        let mut keys = read(db).await?;
        if keys.is_empty() {
            let key = signing_key::Model {
                id: ids::new(),
                secret: rand::random::<[u8; SECRET]>().to_vec(),
                created_at: now,
            };
            key.into_active_model().reset_all().insert(db.writer()).await?;
            // Another server may have made one at the same time; both are valid.
            keys = read(db).await?;
        }
        Ok(Signer {
            keys: ArcSwap::from_pointee(keys),
            read_at: AtomicI64::new(i64::MIN),
        })
    }

    /// The address of a document's file or thumbnail, relative to that of the server. None for callers without credentials of their own.
    pub fn document(&self, viewer: &Viewer, purpose: Purpose, document_id: Uuid, now: i64) -> Option<String> {
        let expires_at = (now + LIFETIME_MS + MINUTE_MS - 1).div_euclid(MINUTE_MS) * MINUTE_MS;
        let signature = self.sign(&grant(viewer, purpose, document_id, expires_at)?)?;
        Some(format!("/documents/{}?signature={signature}", Kind::Document.encode(document_id)))
    }

    /// The address to send the parts of an upload to, as long as that exists.
    pub fn upload(&self, viewer: &Viewer, upload_id: Uuid, expires_at: i64) -> Option<String> {
        let signature = self.sign(&grant(viewer, Purpose::Upload, upload_id, expires_at)?)?;
        Some(format!("/uploads/{}?signature={signature}", Kind::Upload.encode(upload_id)))
    }

    /// What a signature permits. None where it is not one of this object, or its time is over.
    pub async fn check(&self, db: &Db, object_id: Uuid, signature: &str, now: i64) -> Result<Option<Grant>> {
        let Some(signature) = Signature::read(object_id, signature) else {
            return Ok(None);
        };
        if !self.has_key(signature.key_id) && self.may_reread(now) {
            self.keys.store(Arc::new(read(db).await?));
        }
        Ok(self.permitted(&signature, now))
    }

    /// The same by the keys that are known.
    fn permitted(&self, signature: &Signature, now: i64) -> Option<Grant> {
        let keys = self.keys.load();
        let key = keys.iter().find(|key| key.id == signature.key_id)?;
        code_of(key, &signature.grant)?.verify_slice(&signature.code).ok()?;
        Some(signature.grant).filter(|grant| grant.expires_at > now)
    }

    fn sign(&self, grant: &Grant) -> Option<String> {
        let keys = self.keys.load();
        let key = keys.first()?;
        let code = code_of(key, grant)?.finalize().into_bytes();
        let bytes = [&key.id.as_bytes()[..], &grant.bytes(), &code].concat();
        Some(URL_SAFE_NO_PAD.encode(bytes))
    }

    fn has_key(&self, id: Uuid) -> bool {
        self.keys.load().iter().any(|key| key.id == id)
    }

    /// Whether the keys have not been read for a while. A stranger can send any number of addresses.
    fn may_reread(&self, now: i64) -> bool {
        let last = self.read_at.load(Ordering::Relaxed);
        let is_due = last.saturating_add(REREAD_MS) <= now;
        is_due
            && self
                .read_at
                .compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
    }
}

/// The text that is signed with an address, taken apart.
struct Signature {
    key_id: Uuid,
    grant: Grant,
    code: Vec<u8>,
}

impl Signature {
    fn read(object_id: Uuid, text: &str) -> Option<Signature> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok().filter(|bytes| bytes.len() == SIGNATURE)?;
        let (key_id, rest) = bytes.split_at(16);
        let (grant, code) = rest.split_at(GRANT);
        Some(Signature {
            key_id: Uuid::from_slice(key_id).ok()?,
            grant: Grant::read(object_id, grant)?,
            code: code.to_vec(),
        })
    }
}

impl Grant {
    fn bytes(&self) -> [u8; GRANT] {
        let mut bytes = [0; GRANT];
        let (kind, credential) = match self.granted_by {
            GrantedBy::Session(id) => (0, id),
            GrantedBy::Key(id) => (1, id),
        };
        bytes[0] = match self.purpose {
            Purpose::File => 0,
            Purpose::Thumbnail => 1,
            Purpose::Upload => 2,
        };
        bytes[1] = kind;
        bytes[2..18].copy_from_slice(credential.as_bytes());
        bytes[18..34].copy_from_slice(self.user_id.as_bytes());
        bytes[34..].copy_from_slice(&self.expires_at.to_be_bytes());
        bytes
    }

    fn read(object_id: Uuid, bytes: &[u8]) -> Option<Grant> {
        let credential = Uuid::from_slice(bytes.get(2..18)?).ok()?;
        Some(Grant {
            purpose: match bytes[0] {
                0 => Purpose::File,
                1 => Purpose::Thumbnail,
                2 => Purpose::Upload,
                _ => return None,
            },
            object_id,
            user_id: Uuid::from_slice(bytes.get(18..34)?).ok()?,
            granted_by: match bytes[1] {
                0 => GrantedBy::Session(credential),
                1 => GrantedBy::Key(credential),
                _ => return None,
            },
            expires_at: i64::from_be_bytes(bytes.get(34..)?.try_into().ok()?),
        })
    }
}

fn grant(viewer: &Viewer, purpose: Purpose, object_id: Uuid, expires_at: i64) -> Option<Grant> {
    let granted_by = match viewer.credential {
        Credential::Session(id) => GrantedBy::Session(id),
        Credential::Key { id, .. } => GrantedBy::Key(id),
        Credential::Job(_) | Credential::System => return None,
    };
    Some(Grant {
        purpose,
        object_id,
        user_id: viewer.user_id,
        granted_by,
        expires_at,
    })
}

/// The code of a grant, ready to be finished. None where the key cannot be one.
fn code_of(key: &signing_key::Model, grant: &Grant) -> Option<Hmac<Sha256>> {
    let mut code = Hmac::<Sha256>::new_from_slice(&key.secret).ok()?;
    code.update(CONTEXT);
    code.update(grant.object_id.as_bytes());
    code.update(&grant.bytes());
    Some(code)
}

async fn read(db: &Db) -> Result<Vec<signing_key::Model>> {
    let keys = signing_key::Entity::find().order_by_desc(signing_key::Column::CreatedAt);
    Ok(keys.order_by_desc(signing_key::Column::Id).all(db.reader()).await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::Role;

    fn signer(secrets: &[u8]) -> Signer {
        let key = |secret: &u8| signing_key::Model {
            id: Uuid::from_u128((*secret).into()),
            secret: vec![*secret; SECRET],
            created_at: 0,
        };
        Signer {
            keys: ArcSwap::from_pointee(secrets.iter().map(key).collect()),
            // Nothing reads the database.
            read_at: AtomicI64::new(i64::MAX),
        }
    }

    fn viewer() -> Viewer {
        Viewer {
            user_id: ids::new(),
            role: Role::Sales,
            credential: Credential::Session(ids::new()),
        }
    }

    fn signature(address: &str) -> &str {
        address.split_once("?signature=").unwrap().1
    }

    #[test]
    fn an_address_is_valid_for_its_object_and_its_time() {
        let (signer, viewer, id) = (signer(&[1]), viewer(), ids::new());
        let now = 1_000_000_000_000;
        let address = signer.document(&viewer, Purpose::File, id, now).unwrap();
        let check = |id, now| signer.permitted(&Signature::read(id, signature(&address))?, now);
        let grant = check(id, now).unwrap();
        assert_eq!((grant.purpose, grant.user_id, grant.object_id), (Purpose::File, viewer.user_id, id));
        assert_eq!(viewer.session_id().map(GrantedBy::Session), Some(grant.granted_by));
        assert!(check(id, now + LIFETIME_MS - 1).is_some());
        assert_eq!(check(id, now + LIFETIME_MS + MINUTE_MS), None);
        assert_eq!(check(ids::new(), now), None);
        // The same for a while.
        assert_eq!(signer.document(&viewer, Purpose::File, id, now - 1).as_ref(), Some(&address));
        assert_ne!(signer.document(&viewer, Purpose::Thumbnail, id, now), Some(address));
        assert_eq!(signer.document(&Viewer::system(), Purpose::File, id, now), None);
    }

    #[test]
    fn any_changed_character_is_refused() {
        let (signer, id) = (signer(&[1]), ids::new());
        let address = signer.upload(&viewer(), id, 10).unwrap();
        let text = signature(&address);
        let check = |text: &str| signer.permitted(&Signature::read(id, text)?, 9);
        assert!(check(text).is_some());
        assert_eq!(text.len(), 120);
        for place in 0..text.len() {
            for letter in ['A', 'b', '_', '=', ' '] {
                let mut changed: Vec<char> = text.chars().collect();
                if std::mem::replace(&mut changed[place], letter) != letter {
                    assert_eq!(check(&changed.iter().collect::<String>()), None, "{place} {letter}");
                }
            }
        }
        for changed in [&text[1..], &text[..119], &format!("{text}A"), &format!("{text}AAAA"), ""] {
            assert_eq!(check(changed), None, "{changed}");
        }
    }

    #[test]
    fn older_keys_stay_valid_and_removed_ones_do_not() {
        let (old, id) = (signer(&[1]), ids::new());
        let address = old.upload(&viewer(), id, 10).unwrap();
        let check = |keys: &[u8]| signer(keys).permitted(&Signature::read(id, signature(&address))?, 9);
        assert!(check(&[2, 1]).is_some());
        assert_eq!(check(&[2]), None);
        let imitated = Signer {
            keys: ArcSwap::from_pointee(vec![signing_key::Model {
                id: Uuid::from_u128(1),
                secret: vec![2; SECRET],
                created_at: 0,
            }]),
            read_at: AtomicI64::new(0),
        };
        assert_eq!(imitated.permitted(&Signature::read(id, signature(&address)).unwrap(), 9), None);
    }
}
