//! Which directories lie on a network or are no real file system, from `/proc/self/mountinfo`.

/// File systems whose files lie on another machine: reading them may hang, and they are that
/// machine's business.
const NETWORK: &[&str] = &[
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "afs",
    "ceph",
    "glusterfs",
    "lustre",
    "9p",
    "ncpfs",
    "fuse.sshfs",
    "fuse.s3fs",
    "fuse.gcsfuse",
    "fuse.rclone",
    "fuse.glusterfs",
    "fuse.davfs",
    "davfs",
    "ocfs2",
    "gfs2",
    "beegfs",
    "orangefs",
    "autofs",
];

/// File systems that hold no files anybody stored.
const VIRTUAL: &[&str] = &[
    "proc",
    "sysfs",
    "devtmpfs",
    "devpts",
    "cgroup",
    "cgroup2",
    "debugfs",
    "tracefs",
    "securityfs",
    "bpf",
    "pstore",
    "configfs",
    "efivarfs",
    "mqueue",
    "hugetlbfs",
    "binfmt_misc",
    "fusectl",
    "nsfs",
    "squashfs",
    "rpc_pipefs",
    "selinuxfs",
];

/// A mount point that is passed over, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mount {
    /// Where it is mounted.
    pub(super) place: String,
    /// The kind of file system.
    pub(super) kind: String,
    /// True for a file system of another machine.
    pub(super) network: bool,
}

/// Finds the mount points to pass over in the text of `/proc/self/mountinfo` (proc(5): the mount
/// point is the fifth field, the type follows the lone `-`).
pub(super) fn passed_over(mountinfo: &str) -> Vec<Mount> {
    mountinfo
        .lines()
        .filter_map(|line| {
            let (before, after) = line.split_once(" - ")?;
            let place = unescape(before.split(' ').nth(4)?);
            let kind = after.split(' ').next()?.to_owned();
            let network = NETWORK.contains(&kind.as_str());
            (network || VIRTUAL.contains(&kind.as_str())).then_some(Mount {
                place,
                kind,
                network,
            })
        })
        .collect()
}

/// Spaces, tabs, newlines and backslashes stand as three octal digits.
fn unescape(text: &str) -> String {
    let mut parts = text.split('\\');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (digits, rest) = part.split_at_checked(3).unwrap_or((part, ""));
        match u8::from_str_radix(digits, 8) {
            Ok(byte) if byte.is_ascii() => plain.push(char::from(byte)),
            _ => {
                plain.push('\\');
                plain.push_str(digits);
            }
        }
        plain.push_str(rest);
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_network_mounts() {
        let text = "22 27 0:21 / /proc rw,relatime - proc proc rw\n\
                    36 35 98:0 /mnt1 /mnt/the\\040share rw,noatime master:1 - nfs4 srv:/x rw\n\
                    27 1 8:1 / / rw - ext4 /dev/sda1 rw\nbroken\n";
        let found = passed_over(text);
        assert_eq!(found.len(), 2);
        assert_eq!(
            found[1],
            Mount {
                place: "/mnt/the share".into(),
                kind: "nfs4".into(),
                network: true
            }
        );
    }
}
