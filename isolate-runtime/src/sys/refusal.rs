//! Why a process can't have a network or files of its own, and what would change that.

use std::fmt;
use std::fs;
use std::io;

/// A step that failed, how, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(String);

impl Refusal {
    /// A step that can fail on any machine.
    pub fn new(step: &str, error: &io::Error) -> Self {
        Self(format!("{step}: {error}"))
    }

    /// A step that kernels, distributions and containers forbid.
    pub fn of_kernel(step: &str, error: &io::Error) -> Self {
        Self::with(step, error, &remedy(step, error, |path| fs::read_to_string(path).ok()))
    }

    /// The same, where it is known what would allow it.
    pub fn with(step: &str, error: &io::Error, remedy: &str) -> Self {
        Self(format!("{step}: {error}\n{remedy}"))
    }

    /// What another process was refused, in its words.
    pub fn told(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What would allow a step, as far as `read` tells what files say.
fn remedy(step: &str, error: &io::Error, read: impl Fn(&str) -> Option<String>) -> String {
    let setting = |name: &str, value: &str| {
        let path = format!("/proc/sys/{}", name.replace('.', "/"));
        read(&path).is_some_and(|found| found.trim() == value)
    };
    let (clone, apparmor) = (
        "kernel.unprivileged_userns_clone",
        "kernel.apparmor_restrict_unprivileged_userns",
    );
    for (flag, name) in [
        ("CLONE_NEWUSER", "user.max_user_namespaces"),
        ("CLONE_NEWNET", "user.max_net_namespaces"),
        ("CLONE_NEWNS", "user.max_mnt_namespaces"),
    ] {
        if step.contains(flag) && setting(name, "0") {
            return format!("the setting {name} is 0: `sysctl {name}=10000` allows it");
        }
    }
    let code = error.raw_os_error();
    if code == Some(libc::ENOSPC) {
        return "there are too many namespaces: raise user.max_user_namespaces, user.max_net_namespaces and \
                user.max_mnt_namespaces with `sysctl`, in a container on its host"
            .to_owned();
    }
    if in_chroot(&read("/proc/self/mountinfo").unwrap_or_default()) {
        return "this process is in a chroot, where Linux refuses it: run the tests outside of it, or in a container, which has a \
                root of its own"
            .to_owned();
    }
    if setting(clone, "0") {
        return format!("the setting {clone} is 0: `sysctl {clone}=1` allows it");
    }
    if setting(apparmor, "1") {
        return format!("the setting {apparmor} is 1: `sysctl {apparmor}=0` allows it");
    }
    // AppArmor's own word for "no"; who isn't confined has another reason.
    let profile = read("/proc/self/attr/current").unwrap_or_default();
    let profile = profile.trim_matches(|char: char| char == '\0' || char.is_whitespace());
    if code == Some(libc::EACCES) && profile.ends_with("(enforce)") {
        return format!(
            "AppArmor's profile `{profile}` is on this process: `docker run --security-opt apparmor=unconfined` allows it"
        );
    }
    let status = read("/proc/self/status").unwrap_or_default();
    if status.lines().any(|line| line.split_whitespace().eq(["Seccomp:", "2"])) {
        return "a seccomp filter is on this process, as in containers: `docker run --security-opt seccomp=unconfined`, or a \
                profile that allows `unshare` and `mount`, allows it"
            .to_owned();
    }
    if code == Some(libc::EINVAL) {
        return "this kernel seems to be built without such namespaces".to_owned();
    }
    "it takes the capability CAP_SYS_ADMIN (in a container: `--cap-add SYS_ADMIN`), or a kernel that allows unprivileged \
     user namespaces"
        .to_owned()
}

/// Whether the root directory is none of the mounts that a process sees, by its `mountinfo`.
fn in_chroot(mounts: &str) -> bool {
    !mounts.is_empty() && !mounts.lines().any(|mount| mount.split(' ').nth(4) == Some("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNSHARE: &str = "unshare(CLONE_NEWUSER | CLONE_NEWNET)";

    fn advice(step: &str, error: i32, files: &[(&str, &str)]) -> String {
        remedy(step, &io::Error::from_raw_os_error(error), |path| {
            let found = files.iter().find(|(name, _)| *name == path);
            found.map(|(_, text)| format!("{text}\n"))
        })
    }

    #[test]
    fn names_the_setting_to_change() {
        for (name, value) in [
            ("user.max_user_namespaces", "0"),
            ("user.max_net_namespaces", "0"),
            ("kernel.unprivileged_userns_clone", "0"),
            ("kernel.apparmor_restrict_unprivileged_userns", "1"),
        ] {
            let path = format!("/proc/sys/{}", name.replace('.', "/"));
            let text = advice(UNSHARE, libc::EPERM, &[(&path, value)]);
            assert!(text.contains(&format!("`sysctl {name}=")), "{text}");
            let other = advice(UNSHARE, libc::EPERM, &[(&path, "7")]);
            assert!(!other.contains(name), "{other}");
        }
        assert!(advice(UNSHARE, libc::ENOSPC, &[]).contains("raise user.max_user_namespaces"));
        assert!(advice(UNSHARE, libc::EINVAL, &[]).contains("this kernel"));
        let text = advice(UNSHARE, libc::EPERM, &[("/proc/self/status", "Seccomp:\t0")]);
        assert!(text.contains("CAP_SYS_ADMIN"), "{text}");
    }

    #[test]
    fn names_no_setting_of_what_was_not_asked_for() {
        let settings = [
            ("/proc/sys/user/max_mnt_namespaces", "0"),
            ("/proc/sys/user/max_user_namespaces", "0"),
        ];
        let text = advice("unshare(CLONE_NEWNET)", libc::EPERM, &settings);
        assert!(!text.contains("sysctl"), "{text}");
    }

    #[test]
    fn names_what_holds_a_container() {
        let seccomp = ("/proc/self/status", "Name:\tx\nSeccomp:\t2");
        let text = advice(UNSHARE, libc::EPERM, &[seccomp]);
        assert!(text.contains("--security-opt seccomp=unconfined"), "{text}");
        let profile = ("/proc/self/attr/current", "docker-default (enforce)\0");
        let text = advice("mount(MS_PRIVATE)", libc::EACCES, &[profile, seccomp]);
        assert!(text.contains("AppArmor's profile `docker-default (enforce)`"), "{text}");
        assert!(text.contains("--security-opt apparmor=unconfined"), "{text}");
        let text = advice(UNSHARE, libc::EPERM, &[profile, seccomp]);
        assert!(text.contains("seccomp=unconfined"), "{text}");
    }

    #[test]
    fn knows_a_chroot() {
        let inside = "43 27 254:0 /srv/q /srv/q rw,relatime - ext4 /dev/vda rw\n44 27 0:39 / /proc rw - proc proc rw";
        for (step, error) in [(UNSHARE, libc::EPERM), ("mount(MS_PRIVATE)", libc::EINVAL)] {
            let text = advice(step, error, &[("/proc/self/mountinfo", inside)]);
            assert!(text.contains("in a chroot"), "{text}");
            let outside = format!("27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n{inside}");
            let text = advice(step, error, &[("/proc/self/mountinfo", &outside)]);
            assert!(!text.contains("in a chroot"), "{text}");
        }
    }
}
