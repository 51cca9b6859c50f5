//! A small disk in memory, mounted for this run only, that can be filled without hurting anybody else.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Room for the database of a long run.
const SIZE: &str = "size=512m";

/// The disk; it is unmounted with this.
pub struct SmallDisk {
    /// Where it is mounted.
    pub place: PathBuf,
}

impl SmallDisk {
    /// Mounts it below `folder`; says why not when that is not allowed here.
    pub fn mount(folder: &Path) -> Result<Self, String> {
        let place = folder.join("disk");
        fs::create_dir_all(&place).map_err(|error| error.to_string())?;
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", SIZE, "lightning-chaos"]).arg(&place);
        match mount.stdout(Stdio::null()).stderr(Stdio::null()).status() {
            Ok(status) if status.success() => Ok(Self { place }),
            Ok(_) => Err("this user may not mount a disk".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Leaves no byte free.
    pub fn fill(&self) -> std::io::Result<()> {
        let mut filler = File::create(self.filler())?;
        let mut block = vec![0; 1 << 20];
        while !block.is_empty() {
            if filler.write_all(&block).is_err() {
                // What is left is smaller than that; a block of nothing is the end.
                block.truncate(block.len() / 2);
            }
        }
        Ok(())
    }

    /// Gives the room back.
    pub fn empty(&self) -> std::io::Result<()> {
        fs::remove_file(self.filler())
    }

    fn filler(&self) -> PathBuf {
        self.place.join("filler")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: a process of ours that is just ending may still hold a file.
        drop(Command::new("umount").arg("-l").arg(&self.place).stderr(Stdio::null()).status());
    }
}
