//! Files in a folder of this machine: written under a temporary name, synced, and then renamed.

use super::content::{Content, Summary};
use super::error::StorageError;
use super::key::{FileKey, UPLOADS};
use super::{CHUNK, FileInfo, Listed, in_time};
use bytes::Bytes;
use futures_util::stream::{self, BoxStream, StreamExt};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use uuid::Uuid;

/// A folder; it is made when the first file is written.
#[derive(Clone, Debug)]
pub struct Folder {
    root: PathBuf,
}

/// One file that is being written. Dropped before its end, it leaves nothing.
pub struct Writer {
    folder: Folder,
    target: PathBuf,
    temporary: Removed,
    /// None while a thread has it, and after a failure.
    work: Option<Work>,
    pending: Vec<Bytes>,
    pending_bytes: usize,
}

struct Work {
    file: File,
    content: Content,
}

/// A file that is removed when this is dropped, unless it is to stay.
struct Removed {
    path: PathBuf,
    stays: bool,
}

/// Where unfinished files lie.
const INCOMING: &str = "incoming";
const FOLDER_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;
/// How many found files wait to be taken.
const FOUND: usize = 64;

impl Folder {
    pub fn new(root: PathBuf) -> Folder {
        Folder { root }
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Begins a file. It is not seen under its key before the end.
    pub async fn begin(&self, key: FileKey) -> Result<Writer, StorageError> {
        let path = self.root.join(INCOMING).join(Uuid::now_v7().simple().to_string());
        let (temporary, file) = blocking(move || {
            make_folders(path.parent().unwrap_or(&path))?;
            let file = OpenOptions::new().write(true).create_new(true).mode(FILE_MODE).open(&path)?;
            Ok((Removed { path, stays: false }, file))
        })
        .await?;
        Ok(Writer {
            folder: self.clone(),
            target: self.path(key),
            temporary,
            work: Some(Work {
                file,
                content: Content::new(),
            }),
            pending: Vec::new(),
            pending_bytes: 0,
        })
    }

    /// The bytes of a file, or some of them. The range lies within the file, as the caller knows its size.
    pub async fn read(
        &self,
        key: FileKey,
        range: Option<Range<u64>>,
    ) -> Result<(FileInfo, BoxStream<'static, Result<Bytes, StorageError>>), StorageError> {
        let path = self.path(key);
        let (file, info, left) = blocking(move || {
            let mut file = File::open(path)?;
            let info = info(&file.metadata()?);
            let range = range.unwrap_or(0..info.size);
            file.seek(SeekFrom::Start(range.start))?;
            Ok((file, info, range.end.saturating_sub(range.start)))
        })
        .await?;
        let bytes = stream::try_unfold((file, left), |(file, left)| async move {
            if left == 0 {
                return Ok(None);
            }
            let length = left.min(CHUNK as u64);
            let (file, bytes) = blocking(move || read_next(file, length as usize)).await?;
            Ok::<_, StorageError>(Some((bytes, (file, left - length))))
        });
        Ok((info, bytes.boxed()))
    }

    pub async fn head(&self, key: FileKey) -> Result<FileInfo, StorageError> {
        let path = self.path(key);
        blocking(move || Ok(info(&fs::metadata(path)?))).await
    }

    pub async fn delete(&self, key: FileKey) -> Result<(), StorageError> {
        let path = self.path(key);
        blocking(move || {
            fs::remove_file(&path)?;
            // The folder of an upload goes with its last part. That of files is in use again soon.
            if let (FileKey::Part { .. }, Some(folder)) = (key, path.parent()) {
                let _ = fs::remove_dir(folder);
            }
            Ok(())
        })
        .await
    }

    /// All files with a key.
    pub fn list(&self) -> BoxStream<'static, Result<Listed, StorageError>> {
        let (found, taken) = mpsc::channel(FOUND);
        let root = self.root.clone();
        spawn_blocking(move || {
            if let Err(error) = visit(&root, &root, &found) {
                // Nobody listens if the stream was dropped.
                let _ = found.blocking_send(Err(error.into()));
            }
        });
        stream::unfold(taken, |mut taken| async move { Some((taken.recv().await?, taken)) }).boxed()
    }

    /// Removes unfinished files that nothing has been written to since that instant, such as those of a process that was killed, and the empty
    /// folders of uploads whose last part was deleted just before that.
    pub async fn remove_abandoned(&self, before: i64) -> Result<u64, StorageError> {
        let (incoming, uploads) = (self.root.join(INCOMING), self.root.join(UPLOADS));
        blocking(move || {
            let mut count = 0;
            for path in unchanged_since(&incoming, before)? {
                match fs::remove_file(path) {
                    Ok(()) => count += 1,
                    // The sweep of another server was faster.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    Err(error) => return Err(error),
                }
            }
            for path in unchanged_since(&uploads, before)? {
                // It may have parts.
                let _ = fs::remove_dir(path);
            }
            Ok(count)
        })
        .await
    }

    /// Space that is left for files; None where the system does not say.
    pub async fn free_bytes(&self) -> Result<Option<u64>, StorageError> {
        let root = self.root.clone();
        blocking(move || {
            let root = std::path::absolute(root)?;
            let existing = root.ancestors().find(|folder| folder.exists());
            let found = existing.and_then(|folder| rustix::fs::statvfs(folder).ok());
            Ok(found.map(|found| found.f_bavail.saturating_mul(found.f_frsize)))
        })
        .await
    }

    fn path(&self, key: FileKey) -> PathBuf {
        self.root.join(key.path())
    }
}

impl Writer {
    /// Takes the next bytes of the file.
    pub async fn add(&mut self, bytes: Bytes) -> Result<(), StorageError> {
        self.pending_bytes += bytes.len();
        self.pending.push(bytes);
        if self.pending_bytes >= CHUNK {
            let work = self.write_pending();
            self.work = Some(blocking(work).await?);
        }
        Ok(())
    }

    /// Makes the file durable and gives it its name.
    pub async fn finish(mut self) -> Result<Summary, StorageError> {
        let write = self.write_pending();
        let (folder, target, temporary) = (self.folder, self.target, self.temporary);
        let (mut placed, summary) = blocking(move || {
            let Work { file, content } = write()?;
            file.sync_all()?;
            drop(file);
            Ok((place(&folder.root, temporary, target)?, content.finish()))
        })
        .await?;
        // If the caller has gone meanwhile, the file is dropped together with the answer.
        placed.stays = true;
        Ok(summary)
    }

    /// The work of writing what is pending, for another thread.
    fn write_pending(&mut self) -> impl FnOnce() -> io::Result<Work> + Send + 'static + use<> {
        let (work, pending) = (self.work.take(), std::mem::take(&mut self.pending));
        self.pending_bytes = 0;
        move || {
            let mut work = work.ok_or_else(|| io::Error::other("the file could not be written before"))?;
            for bytes in pending {
                work.file.write_all(&bytes)?;
                work.content.add(&bytes);
            }
            Ok(work)
        }
    }
}

impl Drop for Removed {
    fn drop(&mut self) {
        if self.stays {
            return;
        }
        let path = std::mem::take(&mut self.path);
        // On a thread that may wait: a disk that hangs must not hold up other requests.
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(move || remove(&path))),
            Err(_) => remove(&path),
        }
    }
}

fn remove(unfinished: &Path) {
    match fs::remove_file(unfinished) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => tracing::warn!(%error, "an unfinished file was not removed"),
        _ => {}
    }
}

/// Gives a whole file its name. The answer removes it again when it is dropped.
fn place(root: &Path, mut temporary: Removed, target: PathBuf) -> io::Result<Removed> {
    let folder = target.parent().unwrap_or(root).to_owned();
    // Another part of the upload may have been deleted just now, and the folder with it.
    for attempt in 0.. {
        let is_new = make_folders(&folder)?;
        if target.try_exists()? {
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, "there is a file of this name"));
        }
        match fs::rename(&temporary.path, &target) {
            Err(error) if error.kind() == io::ErrorKind::NotFound && attempt < 3 => continue,
            renamed => renamed?,
        }
        temporary.stays = true;
        let placed = Removed {
            path: target,
            stays: false,
        };
        sync(&folder)?;
        if is_new {
            folder
                .ancestors()
                .skip(1)
                .take_while(|folder| folder.starts_with(root))
                .try_for_each(sync)?;
        }
        return Ok(placed);
    }
    unreachable!("the last attempt returns")
}

/// Makes a folder with those above it; whether it was missing.
fn make_folders(folder: &Path) -> io::Result<bool> {
    if folder.is_dir() {
        return Ok(false);
    }
    DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(folder)?;
    Ok(true)
}

/// A name is durable once its folder is.
fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn read_next(mut file: File, length: usize) -> io::Result<(File, Bytes)> {
    let mut bytes = vec![0; length];
    file.read_exact(&mut bytes)?;
    Ok((file, bytes.into()))
}

/// Sends all files below a folder.
fn visit(root: &Path, folder: &Path, found: &mpsc::Sender<Result<Listed, StorageError>>) -> io::Result<()> {
    for entry in entries(folder)? {
        let (entry, path) = entry.map(|entry| (entry.file_type(), entry.path()))?;
        let Some(relative) = path.strip_prefix(root).ok().and_then(Path::to_str) else {
            continue;
        };
        if entry?.is_dir() {
            if relative != INCOMING {
                visit(root, &path, found)?;
            }
        } else if let Some(key) = FileKey::parse(relative) {
            let FileInfo { size, modified_at } = match fs::metadata(&path) {
                Ok(metadata) => info(&metadata),
                // It was deleted meanwhile.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            if found.blocking_send(Ok(Listed { key, size, modified_at })).is_err() {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// What lies in a folder and has not been changed since that instant.
fn unchanged_since(folder: &Path, before: i64) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in entries(folder)? {
        let entry = entry?;
        match entry.metadata() {
            Ok(metadata) if info(&metadata).modified_at < before => found.push(entry.path()),
            // It is in use, or was removed meanwhile.
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(found)
}

/// The entries of a folder; none of one that is missing.
fn entries(folder: &Path) -> io::Result<impl Iterator<Item = io::Result<fs::DirEntry>> + use<>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        entries => Some(entries?),
    };
    Ok(entries.into_iter().flatten())
}

fn info(metadata: &fs::Metadata) -> FileInfo {
    let modified = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
    let since = modified.duration_since(UNIX_EPOCH).unwrap_or_default();
    FileInfo {
        size: metadata.len(),
        modified_at: since.as_millis() as i64,
    }
}

/// Runs work that waits for the disk on a thread that may wait. What it answers after the deadline is dropped.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> Result<T, StorageError> {
    let work = spawn_blocking(work);
    in_time(async {
        match work.await {
            Ok(done) => Ok(done?),
            Err(panicked) => Err(StorageError::unavailable(panicked)),
        }
    })
    .await
}
