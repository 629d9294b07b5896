// SPDX-License-Identifier: GPL-3.0-only
//! A file system for SQLite that notes every write, truncation, synchronisation, creation and deletion, and
//! that can be told to fail.
//!
//! It stands between SQLite and its own Unix file system, becomes the default of the test's process, and
//! looks only at the directories that a test has [`watch`]ed. SQLite's file systems are tables of C functions:
//! that is why these tests, alone in the project, contain unsafe code.

use std::collections::HashMap;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use rusqlite::ffi;

/// What SQLite did to a file. Names are those within the directory.
#[derive(Clone, Debug)]
pub enum Event {
    Create {
        file: String,
    },
    Write {
        file: String,
        offset: usize,
        bytes: Vec<u8>,
    },
    Truncate {
        file: String,
        size: usize,
    },
    /// With `names`, the directory was synchronised as well.
    Sync {
        file: String,
        names: bool,
    },
    /// The synchronisation failed: what was written before may never reach the disk.
    SyncFailed {
        file: String,
    },
    Delete {
        file: String,
    },
    /// The program itself synchronised the directory.
    NamesSynced,
}

/// How the disk fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Trouble {
    None,
    /// Writes fail for want of space.
    Full,
    /// Files open for reading only; writes to open files fail.
    ReadOnly,
    /// Synchronisation fails.
    SyncFails,
}

/// A watched directory.
#[derive(Debug)]
pub struct Disk {
    log: Mutex<Vec<Event>>,
    trouble: AtomicU8,
}

impl Disk {
    pub fn log(&self) -> MutexGuard<'_, Vec<Event>> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Number of events so far.
    pub fn position(&self) -> usize {
        self.log().len()
    }

    pub fn set_trouble(&self, trouble: Trouble) {
        self.trouble.store(trouble as u8, Ordering::SeqCst);
    }

    fn has(&self, trouble: Trouble) -> bool {
        self.trouble.load(Ordering::SeqCst) == trouble as u8
    }

    fn note(&self, event: Event) {
        self.log().push(event);
    }
}

static DISKS: LazyLock<Mutex<HashMap<PathBuf, Arc<Disk>>>> = LazyLock::new(Mutex::default);

fn disks() -> MutexGuard<'static, HashMap<PathBuf, Arc<Disk>>> {
    DISKS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Begins to watch `directory`.
pub fn watch(directory: &Path) -> Arc<Disk> {
    LazyLock::force(&REGISTERED);
    let disk = Arc::new(Disk { log: Mutex::default(), trouble: AtomicU8::new(Trouble::None as u8) });
    disks().insert(directory.to_owned(), Arc::clone(&disk));
    disk
}

/// Forgets `directory`; files that are still open there go on being watched.
pub fn unwatch(directory: &Path) {
    disks().remove(directory);
}

/// The vfs beneath. It lives as long as the process.
struct Beneath(*mut ffi::sqlite3_vfs);
// SAFETY: SQLite's built-in file systems are static tables that every thread may use.
unsafe impl Send for Beneath {}
unsafe impl Sync for Beneath {}

static REGISTERED: LazyLock<Beneath> = LazyLock::new(|| {
    // SAFETY: the default vfs is found before ours is registered; ours is leaked, as SQLite demands of a
    // registered vfs, and copies the size, path length and functions that it does not replace.
    unsafe {
        let beneath = ffi::sqlite3_vfs_find(std::ptr::null());
        assert!(!beneath.is_null(), "SQLite has no file system");
        let mut ours = *beneath;
        ours.szOsFile += c_int::try_from(size_of::<WatchedFile>()).unwrap();
        ours.pNext = std::ptr::null_mut();
        ours.zName = c"doorstep-watched".as_ptr();
        ours.xOpen = Some(open);
        ours.xDelete = Some(delete);
        let registered = ffi::sqlite3_vfs_register(Box::leak(Box::new(ours)), 1);
        assert_eq!(registered, ffi::SQLITE_OK);
        Beneath(beneath)
    }
});

/// SQLite allocates this much, and behind it the file of the vfs beneath.
#[repr(C)]
struct WatchedFile {
    base: ffi::sqlite3_file,
    /// From `Box::into_raw`; null for a file that nobody watches.
    watched: *mut Watched,
}

struct Watched {
    disk: Arc<Disk>,
    file: String,
    /// Whether the next synchronisation includes the directory: SQLite's Unix file system does so once for
    /// each log or journal that it opened.
    syncs_names: bool,
}

/// # Safety
/// `file` was opened by [`open`].
unsafe fn beneath(file: *mut ffi::sqlite3_file) -> *mut ffi::sqlite3_file {
    unsafe { file.cast::<WatchedFile>().add(1).cast() }
}

/// # Safety
/// `file` was opened by [`open`], and its methods are complete, as those of the Unix file system are.
unsafe fn methods<'a>(file: *mut ffi::sqlite3_file) -> &'a ffi::sqlite3_io_methods {
    unsafe { &*(*beneath(file)).pMethods }
}

/// # Safety
/// `file` was opened by [`open`]; SQLite uses one file from one thread at a time.
unsafe fn watched<'a>(file: *mut ffi::sqlite3_file) -> Option<&'a mut Watched> {
    unsafe { (*file.cast::<WatchedFile>()).watched.as_mut() }
}

/// # Safety
/// `name` is null or a C string.
unsafe fn find(name: *const c_char) -> Option<(Arc<Disk>, PathBuf, String)> {
    if name.is_null() {
        return None;
    }
    let path = PathBuf::from(unsafe { CStr::from_ptr(name) }.to_str().ok()?);
    let disk = disks().get(path.parent()?).cloned()?;
    let file = path.file_name()?.to_str()?.to_owned();
    Some((disk, path, file))
}

unsafe extern "C" fn open(
    _vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    // SAFETY: SQLite calls with valid pointers and `szOsFile` bytes at `file`.
    unsafe {
        let ours = file.cast::<WatchedFile>();
        (*ours).base.pMethods = std::ptr::null();
        (*ours).watched = std::ptr::null_mut();
        let found = find(name);
        let mut flags = flags;
        if found.as_ref().is_some_and(|(disk, ..)| disk.has(Trouble::ReadOnly)) {
            flags = flags & !(ffi::SQLITE_OPEN_READWRITE | ffi::SQLITE_OPEN_CREATE) | ffi::SQLITE_OPEN_READONLY;
        }
        let existed = found.as_ref().is_some_and(|(_, path, _)| path.exists());
        (*beneath(file)).pMethods = std::ptr::null();
        let result = (*REGISTERED.0).xOpen.unwrap()(REGISTERED.0, name, beneath(file), flags, out_flags);
        if (*beneath(file)).pMethods.is_null() {
            return result;
        }
        (*ours).base.pMethods = &raw const METHODS;
        if let Some((disk, _, file)) = found {
            if !existed {
                disk.note(Event::Create { file: file.clone() });
            }
            let journal = ffi::SQLITE_OPEN_MAIN_JOURNAL | ffi::SQLITE_OPEN_WAL;
            let syncs_names = flags & ffi::SQLITE_OPEN_CREATE != 0 && flags & journal != 0;
            (*ours).watched = Box::into_raw(Box::new(Watched { disk, file, syncs_names }));
        }
        result
    }
}

unsafe extern "C" fn delete(vfs: *mut ffi::sqlite3_vfs, name: *const c_char, sync_names: c_int) -> c_int {
    let _ = vfs;
    // SAFETY: SQLite calls with a valid name.
    unsafe {
        let result = (*REGISTERED.0).xDelete.unwrap()(REGISTERED.0, name, sync_names);
        if let (ffi::SQLITE_OK, Some((disk, _, file))) = (result, find(name)) {
            disk.note(Event::Delete { file });
            if sync_names != 0 {
                disk.note(Event::NamesSynced);
            }
        }
        result
    }
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    // Version 2: with shared memory, without mapped reading.
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

/// Functions that only hand on to the vfs beneath.
macro_rules! hand_on {
    ($( $name:ident = $method:ident ( $($arg:ident : $type:ty),* ) -> $out:ty; )+) => {
        $(
            unsafe extern "C" fn $name(file: *mut ffi::sqlite3_file $(, $arg: $type)*) -> $out {
                // SAFETY: the arguments are SQLite's own; the file beneath was opened with this one.
                unsafe { methods(file).$method.unwrap()(beneath(file) $(, $arg)*) }
            }
        )+
    };
}

hand_on! {
    read = xRead(buffer: *mut c_void, amount: c_int, offset: i64) -> c_int;
    file_size = xFileSize(size: *mut i64) -> c_int;
    lock = xLock(level: c_int) -> c_int;
    unlock = xUnlock(level: c_int) -> c_int;
    check_reserved_lock = xCheckReservedLock(out: *mut c_int) -> c_int;
    file_control = xFileControl(operation: c_int, argument: *mut c_void) -> c_int;
    sector_size = xSectorSize() -> c_int;
    device_characteristics = xDeviceCharacteristics() -> c_int;
    shm_map = xShmMap(page: c_int, size: c_int, extend: c_int, out: *mut *mut c_void) -> c_int;
    shm_lock = xShmLock(offset: c_int, count: c_int, flags: c_int) -> c_int;
    shm_barrier = xShmBarrier() -> ();
    shm_unmap = xShmUnmap(delete: c_int) -> c_int;
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: SQLite closes a file once; `watched` came from `Box::into_raw`.
    unsafe {
        let result = methods(file).xClose.unwrap()(beneath(file));
        let watched = std::mem::replace(&mut (*file.cast::<WatchedFile>()).watched, std::ptr::null_mut());
        if !watched.is_null() {
            drop(Box::from_raw(watched));
        }
        result
    }
}

unsafe extern "C" fn write(file: *mut ffi::sqlite3_file, buffer: *const c_void, amount: c_int, offset: i64) -> c_int {
    // SAFETY: SQLite gives `amount` bytes at `buffer`.
    unsafe {
        if let Some(Watched { disk, file: name, .. }) = watched(file) {
            if disk.has(Trouble::Full) {
                return ffi::SQLITE_FULL;
            }
            if disk.has(Trouble::ReadOnly) {
                return ffi::SQLITE_IOERR_WRITE;
            }
            let bytes = std::slice::from_raw_parts(buffer.cast::<u8>(), usize::try_from(amount).unwrap());
            let offset = usize::try_from(offset).unwrap();
            disk.note(Event::Write { file: name.clone(), offset, bytes: bytes.to_vec() });
        }
        methods(file).xWrite.unwrap()(beneath(file), buffer, amount, offset)
    }
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, size: i64) -> c_int {
    // SAFETY: as above.
    unsafe {
        if let Some(Watched { disk, file: name, .. }) = watched(file) {
            disk.note(Event::Truncate { file: name.clone(), size: usize::try_from(size).unwrap() });
        }
        methods(file).xTruncate.unwrap()(beneath(file), size)
    }
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, flags: c_int) -> c_int {
    // SAFETY: as above.
    unsafe {
        if let Some(Watched { disk, file: name, syncs_names }) = watched(file) {
            if disk.has(Trouble::SyncFails) {
                disk.note(Event::SyncFailed { file: name.clone() });
                return ffi::SQLITE_IOERR_FSYNC;
            }
            let names = std::mem::take(syncs_names);
            disk.note(Event::Sync { file: name.clone(), names });
        }
        methods(file).xSync.unwrap()(beneath(file), flags)
    }
}
