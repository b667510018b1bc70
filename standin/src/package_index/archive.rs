//! Small wheels and sdists, the same bytes each time. Never a build: what is in them is what is given.

use std::io::Write;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};

/// A pure wheel's name and bytes: these files, METADATA, WHEEL and RECORD.
pub fn wheel(package: &str, version: &str, files: &[(&str, &str)]) -> (String, Vec<u8>) {
    let name = package.replace('-', "_");
    let folder = format!("{name}-{version}.dist-info");
    let mut all: Vec<(String, String)> = files
        .iter()
        .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
        .collect();
    all.push((format!("{folder}/METADATA"), metadata(package, version)));
    all.push((
        format!("{folder}/WHEEL"),
        "Wheel-Version: 1.0\nGenerator: standin\nRoot-Is-Purelib: true\nTag: py3-none-any\n".to_owned(),
    ));
    let record: String = all.iter().map(|(path, _)| format!("{path},,\n")).collect();
    all.push((format!("{folder}/RECORD"), format!("{record}{folder}/RECORD,,\n")));
    let entries: Vec<(&str, &[u8])> = all
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_bytes()))
        .collect();
    (format!("{name}-{version}-py3-none-any.whl"), zip(&entries))
}

/// An sdist's name and bytes: these files and PKG-INFO, below `name-version/`.
pub fn sdist(package: &str, version: &str, files: &[(&str, &str)]) -> (String, Vec<u8>) {
    let stem = format!("{}-{version}", package.replace('-', "_"));
    let mut all: Vec<(String, String)> = files
        .iter()
        .map(|(path, text)| (format!("{stem}/{path}"), (*text).to_owned()))
        .collect();
    all.push((format!("{stem}/PKG-INFO"), metadata(package, version)));
    let entries: Vec<(&str, &[u8])> = all
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_bytes()))
        .collect();
    (format!("{stem}.tar.gz"), tarball(&entries))
}

fn metadata(package: &str, version: &str) -> String {
    format!(
        "Metadata-Version: 2.1\nName: {package}\nVersion: {version}\nSummary: The package {package}\nRequires-Python: >=3.8\n\nText.\n"
    )
}

/// A zip archive of these entries, deflated, in this order.
pub fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut archive = rawzip::ZipArchiveWriter::new(&mut bytes);
    for (path, content) in entries {
        let (mut entry, config) = archive
            .new_file(rawzip::path::EntryPath::verbatim(path.as_bytes()))
            .compression_method(rawzip::CompressionMethod::DEFLATE)
            .start()
            .expect("memory takes everything");
        let mut writer = config.wrap(DeflateEncoder::new(&mut entry, Compression::new(6)));
        writer.write_all(content).expect("memory takes everything");
        let (encoder, descriptor) = writer.finish().expect("memory takes everything");
        encoder.finish().expect("memory takes everything");
        entry.finish(descriptor).expect("memory takes everything");
    }
    archive.finish().expect("memory takes everything");
    bytes
}

/// A gzipped tarball of these entries, in this order.
pub fn tarball(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (path, content) in entries {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        archive
            .append_data(&mut header, path, *content)
            .expect("memory takes everything");
    }
    gzip(&archive.into_inner().expect("memory takes everything"))
}

/// Gzipped, without a time.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(6));
    encoder.write_all(bytes).expect("memory takes everything");
    encoder.finish().expect("memory takes everything")
}
