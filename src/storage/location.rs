//! Where documents are stored: a folder, or a bucket of an object store.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use url::Url;

/// The place of the storage, checked as far as its text allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    Folder(PathBuf),
    /// The bucket and the prefix in it. Credentials are in the environment, never in the address.
    Bucket(Url),
}

/// Schemes of object stores.
const STORES: [&str; 4] = ["s3", "gs", "az", "abfs"];

/// The name of the folder beside an SQLite database.
const DEFAULT_FOLDER: &str = "documents";

impl Location {
    /// The folder of a database in an SQLite file, unless the setting names another place.
    pub fn beside(sqlite_file: &Path) -> PathBuf {
        sqlite_file.with_file_name(DEFAULT_FOLDER)
    }
}

impl FromStr for Location {
    type Err = String;

    fn from_str(text: &str) -> Result<Location, String> {
        let Some((scheme, _)) = text.split_once("://") else {
            return Ok(Location::Folder(PathBuf::from(text)));
        };
        let url = Url::parse(text).map_err(|_| "the address of the storage cannot be read".to_owned())?;
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
            return Err("the address of the storage has a bucket and a prefix only; credentials belong in the environment".to_owned());
        }
        if scheme == "file" {
            return url
                .to_file_path()
                .map(Location::Folder)
                .map_err(|()| "expected file:/// and the path of a folder".to_owned());
        }
        if !STORES.contains(&scheme) {
            return Err("expected a folder, or s3://, gs:// or az:// with a bucket and a prefix".to_owned());
        }
        match url.host_str() {
            Some(bucket) if !bucket.is_empty() => Ok(Location::Bucket(url)),
            _ => Err("the name of the bucket is missing".to_owned()),
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Location::Folder(folder) => folder.display().fmt(formatter),
            Location::Bucket(url) => url.fmt(formatter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_and_buckets_are_told_apart() {
        for (text, folder) in [
            ("documents", "documents"),
            ("/srv/documents", "/srv/documents"),
            ("file:///srv/my%20files", "/srv/my files"),
        ] {
            assert_eq!(text.parse(), Ok(Location::Folder(PathBuf::from(folder))), "{text}");
        }
        for text in ["s3://bucket", "s3://bucket/a/prefix", "gs://bucket/a", "az://container/a"] {
            assert_eq!(text.parse(), Ok(Location::Bucket(Url::parse(text).unwrap())), "{text}");
        }
        for text in [
            "ftp://host/folder",
            "https://host/folder",
            "s3://",
            "s3:///prefix",
            "s3://key:secret@bucket/prefix",
            "s3://bucket?region=a",
            "file://host/folder",
        ] {
            assert!(text.parse::<Location>().is_err(), "{text}");
        }
    }
}
