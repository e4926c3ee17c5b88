//! Names of files in the storage: generated, and never taken from a client.

use uuid::Uuid;

/// Names one file. The database keeps the IDs; the kind follows from the column that they are in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileKey {
    /// The file of a document.
    File(Uuid),
    /// The small picture of a document.
    Thumbnail(Uuid),
    /// One part of a resumable upload. Each attempt to send a part has an ID of its own, so that two at once never share a file.
    Part { upload_id: Uuid, part_id: Uuid },
}

const THUMBNAILS: &str = "thumbnails";
/// The folder of the parts of all uploads.
pub const UPLOADS: &str = "uploads";

impl FileKey {
    /// A key that no file has.
    pub fn new_file() -> FileKey {
        FileKey::File(Uuid::now_v7())
    }

    /// A key that no thumbnail has.
    pub fn new_thumbnail() -> FileKey {
        FileKey::Thumbnail(Uuid::now_v7())
    }

    /// A key that no part has.
    pub fn new_part(upload_id: Uuid) -> FileKey {
        FileKey::Part {
            upload_id,
            part_id: Uuid::now_v7(),
        }
    }

    /// The ID that belongs to this file alone.
    pub fn id(self) -> Uuid {
        match self {
            FileKey::File(id) | FileKey::Thumbnail(id) | FileKey::Part { part_id: id, .. } => id,
        }
    }

    /// The path of the file below the root of the storage.
    pub fn path(self) -> String {
        match self {
            FileKey::File(id) => spread(id),
            FileKey::Thumbnail(id) => format!("{THUMBNAILS}/{}", spread(id)),
            FileKey::Part { upload_id, part_id } => format!("{UPLOADS}/{}/{}", upload_id.simple(), part_id.simple()),
        }
    }

    /// The key whose path this is; None for any other path.
    pub fn parse(path: &str) -> Option<FileKey> {
        let parts: Vec<&str> = path.split('/').collect();
        let key = match parts[..] {
            [_, id] => FileKey::File(hexadecimal(id)?),
            [THUMBNAILS, _, id] => FileKey::Thumbnail(hexadecimal(id)?),
            [UPLOADS, upload_id, part_id] => FileKey::Part {
                upload_id: hexadecimal(upload_id)?,
                part_id: hexadecimal(part_id)?,
            },
            _ => return None,
        };
        // One spelling for each key.
        (key.path() == path).then_some(key)
    }

    /// Whether a folder of this path can have files with a key in it or below it.
    pub fn may_be_in(folder: &str) -> bool {
        let parts: Vec<&str> = folder.split('/').collect();
        match parts[..] {
            [THUMBNAILS | UPLOADS] => true,
            [spread] | [THUMBNAILS, spread] => is_spread(spread),
            [UPLOADS, upload_id] => hexadecimal(upload_id).is_some(),
            _ => false,
        }
    }
}

/// The ID below one of 256 folders. The last byte of a UUIDv7 is random; the first ones are a time, and would fill one folder after the other.
fn spread(id: Uuid) -> String {
    format!("{:02x}/{}", id.as_bytes()[15], id.simple())
}

fn is_spread(folder: &str) -> bool {
    folder.len() == 2 && folder.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

fn hexadecimal(text: &str) -> Option<Uuid> {
    (text.len() == 32).then(|| Uuid::try_parse(text).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_from_their_paths_alone() {
        let upload_id = Uuid::now_v7();
        for key in [FileKey::new_file(), FileKey::new_thumbnail(), FileKey::new_part(upload_id)] {
            let path = key.path();
            assert_eq!(FileKey::parse(&path), Some(key), "{path}");
            let folders = path.match_indices('/').map(|(end, _)| &path[..end]);
            folders.for_each(|folder| assert!(FileKey::may_be_in(folder), "{folder}"));
        }
        let id = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_00ab);
        assert_eq!(FileKey::File(id).path(), "ab/019000000000700080000000000000ab");
        for other in [
            "",
            "ab",
            "ac/019000000000700080000000000000ab",
            "ab/019000000000700080000000000000AB",
            "ab/01900000-0000-7000-8000-0000000000ab",
            "../ab/019000000000700080000000000000ab",
            "thumbnails/ac/019000000000700080000000000000ab",
            "incoming/019000000000700080000000000000ab",
        ] {
            assert_eq!(FileKey::parse(other), None, "{other}");
        }
        for other in [
            "",
            "lost+found",
            "incoming",
            "AB",
            "abc",
            "thumbnails/lost+found",
            "uploads/ab",
            "ab/cd",
        ] {
            assert!(!FileKey::may_be_in(other), "{other}");
        }
    }
}
