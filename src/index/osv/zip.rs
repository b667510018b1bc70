//! Files -> a zip archive whose bytes follow from the files alone. Never compresses: git finds what two versions have in common only in plain bytes.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, System, ZipWriter};

use crate::index::{Output, Written};

/// An archive of the regular files, in the order given, by their names without folders.
pub(super) fn stored(outputs: &[Output]) -> Vec<u8> {
    // The zip format's first moment; the system says how permissions are to be read, and would be the builder's own.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::DEFAULT)
        .system(System::Unix)
        .unix_permissions(0o644);
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for output in outputs {
        let Written::File(bytes) = &output.content else {
            continue;
        };
        let name = output.path.rsplit('/').next().unwrap_or(&output.path);
        // Neither can fail: the names differ, the sizes are far below 4 GB, and memory takes every byte.
        let _ = archive.start_file(name, options);
        let _ = archive.write_all(bytes);
    }
    archive.finish().map(Cursor::into_inner).unwrap_or_default()
}
