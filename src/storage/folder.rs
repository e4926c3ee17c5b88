//! Files in a folder of this machine: written under a temporary name, synced, and then renamed.

use super::error::StorageError;
use super::key::{FileKey, UPLOADS};
use super::{CHUNK, FileInfo, Listed, in_time};
use bytes::{Bytes, BytesMut};
use futures_util::stream::{self, BoxStream, StreamExt};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::{JoinHandle, spawn_blocking};
use uuid::Uuid;

/// A folder; it is made when the first file is written.
#[derive(Clone, Debug)]
pub struct Folder {
    root: PathBuf,
    /// Permits to wait for the disk.
    disk: Arc<Semaphore>,
}

/// One file that is being written. Dropped before its end, it leaves nothing.
pub struct Writer {
    folder: Folder,
    target: PathBuf,
    temporary: Removed,
    /// None while a thread has it, and after a failure.
    file: Option<File>,
    /// The thread that writes what arrived before.
    writing: Option<JoinHandle<io::Result<File>>>,
    /// Small pieces that are not written yet.
    pending: Vec<u8>,
}

/// A file that is removed when this is dropped, unless it is to stay.
struct Removed {
    path: PathBuf,
    stays: bool,
}

/// Where unfinished files lie.
pub(super) const INCOMING: &str = "incoming";
const FOLDER_MODE: u32 = 0o700;
pub(super) const FILE_MODE: u32 = 0o600;
/// Threads that wait for the disk at once. More are not faster, each takes memory of its own, and a disk that hangs would take those of others.
const THREADS: usize = 16;
/// A piece of this size is written as it is. Smaller ones are copied together: each may be a slice of much more memory, which the connection
/// could use again.
const LARGE: usize = 32 << 10;
/// How many found files wait to be taken.
const FOUND: usize = 64;

impl Folder {
    pub fn new(root: PathBuf) -> Folder {
        Folder {
            root,
            disk: Arc::new(Semaphore::new(THREADS)),
        }
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Begins a file. It is not seen under its key before the end.
    pub async fn begin(&self, key: FileKey) -> Result<Writer, StorageError> {
        let path = self.root.join(INCOMING).join(Uuid::now_v7().simple().to_string());
        let begun = self.blocking(move || {
            make_folders(path.parent().unwrap_or(&path))?;
            let file = OpenOptions::new().write(true).create_new(true).mode(FILE_MODE).open(&path)?;
            Ok((Removed { path, stays: false }, file))
        });
        let (temporary, file) = begun.await?;
        Ok(Writer {
            folder: self.clone(),
            target: self.path(key),
            temporary,
            file: Some(file),
            writing: None,
            pending: Vec::new(),
        })
    }

    /// The bytes of a file, or some of them. The range lies within the file, as the caller knows its size.
    pub async fn read(
        &self,
        key: FileKey,
        range: Option<Range<u64>>,
    ) -> Result<(FileInfo, BoxStream<'static, Result<Bytes, StorageError>>), StorageError> {
        let path = self.path(key);
        let opened = self.blocking(move || {
            let mut file = File::open(path)?;
            let info = info(&file.metadata()?);
            let range = range.unwrap_or(0..info.size);
            file.seek(SeekFrom::Start(range.start))?;
            Ok((file, info, range.end.saturating_sub(range.start)))
        });
        let (file, info, left) = opened.await?;
        let bytes = stream::try_unfold((self.clone(), file, left), |(folder, file, left)| async move {
            if left == 0 {
                return Ok(None);
            }
            let length = left.min(CHUNK as u64);
            // Allocated here, because the many threads that wait for the disk would each keep memory for the next time.
            let piece = BytesMut::zeroed(length as usize);
            let (file, bytes) = folder.blocking(move || read_next(file, piece)).await?;
            Ok::<_, StorageError>(Some((bytes, (folder, file, left - length))))
        });
        Ok((info, bytes.boxed()))
    }

    pub async fn head(&self, key: FileKey) -> Result<FileInfo, StorageError> {
        let path = self.path(key);
        self.blocking(move || Ok(info(&fs::metadata(path)?))).await
    }

    pub async fn delete(&self, key: FileKey) -> Result<(), StorageError> {
        let path = self.path(key);
        let deleted = self.blocking(move || {
            fs::remove_file(&path)?;
            // The folder of an upload goes with its last part. That of files is in use again soon.
            if let (FileKey::Part { .. }, Some(folder)) = (key, path.parent()) {
                let _ = fs::remove_dir(folder);
            }
            Ok(())
        });
        deleted.await
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
        let removed = self.blocking(move || {
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
        });
        removed.await
    }

    /// Space that is left for files; None where the system does not say.
    pub async fn free_bytes(&self) -> Result<Option<u64>, StorageError> {
        let root = self.root.clone();
        self.blocking(move || {
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

    /// Does work that waits for the disk, and waits for its end.
    pub(super) async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> io::Result<T> + Send + 'static,
    ) -> Result<T, StorageError> {
        ended(self.start(work).await?).await
    }

    /// Begins work that waits for the disk on a thread that may wait. It goes on if the caller does not wait for its end.
    async fn start<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> io::Result<T> + Send + 'static,
    ) -> Result<JoinHandle<io::Result<T>>, StorageError> {
        let permit = in_time(async { self.disk.clone().acquire_owned().await.map_err(StorageError::unavailable) }).await?;
        Ok(spawn_blocking(move || {
            let _permit = permit;
            work()
        }))
    }
}

impl Writer {
    /// Takes the next bytes of the file. They are written while those after them arrive.
    pub async fn add(&mut self, bytes: Bytes) -> Result<(), StorageError> {
        if bytes.len() >= LARGE {
            self.flush().await?;
            return self.write(bytes).await;
        }
        self.pending.extend_from_slice(&bytes);
        match self.pending.len() >= LARGE {
            true => self.flush().await,
            false => Ok(()),
        }
    }

    /// Makes the file durable and gives it its name.
    pub async fn finish(mut self) -> Result<(), StorageError> {
        self.flush().await?;
        let file = self.written().await?;
        let (folder, target, temporary) = (self.folder, self.target, self.temporary);
        let root = folder.root.clone();
        let finished = folder.blocking(move || {
            file.sync_all()?;
            drop(file);
            place(&root, temporary, target)
        });
        let mut placed = finished.await?;
        // If the caller has gone meanwhile, the file is dropped together with the answer.
        placed.stays = true;
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), StorageError> {
        match std::mem::take(&mut self.pending) {
            nothing if nothing.is_empty() => Ok(()),
            pending => self.write(pending.into()).await,
        }
    }

    async fn write(&mut self, bytes: Bytes) -> Result<(), StorageError> {
        let mut file = self.written().await?;
        let writing = self.folder.start(move || {
            file.write_all(&bytes)?;
            Ok(file)
        });
        self.writing = Some(writing.await?);
        Ok(())
    }

    /// Waits until all that was begun is written.
    async fn written(&mut self) -> Result<File, StorageError> {
        match (self.file.take(), self.writing.take()) {
            (Some(file), _) => Ok(file),
            (None, Some(writing)) => ended(writing).await,
            (None, None) => Err(StorageError::unavailable("the file could not be written before")),
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
pub(super) fn make_folders(folder: &Path) -> io::Result<bool> {
    if folder.is_dir() {
        return Ok(false);
    }
    DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(folder)?;
    Ok(true)
}

/// A name is durable once its folder is.
pub(super) fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Fills the piece with the next bytes of the file.
fn read_next(mut file: File, mut piece: BytesMut) -> io::Result<(File, Bytes)> {
    file.read_exact(&mut piece)?;
    Ok((file, piece.freeze()))
}

/// Sends all files below a folder.
fn visit(root: &Path, folder: &Path, found: &mpsc::Sender<Result<Listed, StorageError>>) -> io::Result<()> {
    for entry in entries(folder)? {
        let (entry, path) = entry.map(|entry| (entry.file_type(), entry.path()))?;
        let Some(relative) = path.strip_prefix(root).ok().and_then(Path::to_str) else {
            continue;
        };
        if entry?.is_dir() {
            // Others, such as `lost+found`, may not even be readable.
            if FileKey::may_be_in(relative) {
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

/// The outcome of work on another thread. What it answers after the deadline is dropped.
async fn ended<T>(work: JoinHandle<io::Result<T>>) -> Result<T, StorageError> {
    in_time(async {
        match work.await {
            Ok(done) => Ok(done?),
            Err(panicked) => Err(StorageError::unavailable(panicked)),
        }
    })
    .await
}
