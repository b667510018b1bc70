//! Which file of a release its DNA is made from. Never asks how large a file is.

use std::cmp::Reverse;

use super::{ArtifactKind, DistFile, Wheel};

/// What makes a wheel the better one; the least is taken. The name comes last, so that no two are equal.
type Rank<'a> = (bool, u8, u64, Reverse<(u64, &'a str)>, &'a str);

/// The pure wheel, else the smallest platform wheel, else the sdist.
pub fn choose<'p>(files: impl IntoIterator<Item = &'p DistFile>) -> Option<&'p DistFile> {
    let files = usable(files);
    wheels(&files)
        .min_by_key(|(file, wheel)| rank(file, wheel))
        .map(|(file, _)| file)
        .or_else(|| sdist(files.iter().copied()))
}

/// The platform wheels of unknown size, where size decides.
pub fn unmeasured<'p>(files: impl IntoIterator<Item = &'p DistFile>) -> Vec<&'p DistFile> {
    let files = usable(files);
    if wheels(&files).any(|(_, wheel)| wheel.is_pure()) {
        return Vec::new();
    }
    let Some(best) = wheels(&files).map(|(_, wheel)| generation(&wheel)).min() else {
        return Vec::new();
    };
    let candidates: Vec<&DistFile> = wheels(&files)
        .filter(|(_, wheel)| generation(wheel) == best)
        .map(|(file, _)| file)
        .collect();
    if candidates.len() < 2 {
        return Vec::new();
    }
    candidates
        .into_iter()
        .filter(|file| file.size.is_none())
        .collect()
}

/// The sdist; a tarball before a zip.
pub fn sdist<'p>(files: impl IntoIterator<Item = &'p DistFile>) -> Option<&'p DistFile> {
    usable(files)
        .into_iter()
        .filter(|file| file.kind == ArtifactKind::Sdist)
        .min_by_key(|file| (file.filename.ends_with(".zip"), &file.filename))
}

/// Those with a digest; those that are not yanked, where there are any.
fn usable<'p>(files: impl IntoIterator<Item = &'p DistFile>) -> Vec<&'p DistFile> {
    let promised: Vec<&DistFile> = files.into_iter().filter(|file| file.sha256.is_some()).collect();
    let sound = promised.iter().any(|file| file.yanked.is_none());
    promised
        .into_iter()
        .filter(|file| !sound || file.yanked.is_none())
        .collect()
}

fn wheels<'p>(files: &[&'p DistFile]) -> impl Iterator<Item = (&'p DistFile, Wheel<'p>)> {
    files
        .iter()
        .filter_map(|file| Wheel::parse(&file.filename).map(|wheel| (*file, wheel)))
}

fn rank<'p>(file: &'p DistFile, wheel: &Wheel<'p>) -> Rank<'p> {
    let pure = wheel.is_pure();
    // Among pure wheels a rebuilt one comes first; among the others the smallest, which everybody finds.
    let size = if pure { 0 } else { file.size.unwrap_or(u64::MAX) };
    (
        !pure,
        generation(wheel),
        size,
        Reverse(wheel.build),
        &file.filename,
    )
}

/// For Python 3 in general and nothing else, for it too, for some Python 3, for Python 2.
fn generation(wheel: &Wheel<'_>) -> u8 {
    let any = |test: fn(&str) -> bool| wheel.python.split('.').any(test);
    match () {
        () if wheel.is_pure() && wheel.python == "py3" => 0,
        () if wheel.is_pure() && any(|tag| tag == "py3") => 1,
        () if any(|tag| !["py2", "cp2", "pp2"].iter().any(|old| tag.starts_with(old))) => 2,
        () => 3,
    }
}
