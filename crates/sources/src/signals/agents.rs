//! AI agents and the MCP servers they start.

use model::{Answer, Signal};

use super::{Family, Said, Seen, Statement};

pub(super) const FAMILY: Family = Family {
    title: "MCP servers of AI agents",
    applies: |seen| seen.subtype == "mcp_server",
    read,
    states: &[
        Statement::of(
            Signal::UnpinnedCommand,
            "npx, uvx, docker run and the like without an exact version or digest",
            "the version or digest is exact, a program of the machine is started, or an address is called",
        )
        .or_unknown("a shell or another wrapper starts it"),
        Statement::no(Signal::ServesPipeline, "it serves an agent"),
    ],
};

/// Programs that start what stands behind them.
const WRAPPERS: &[&str] = &[
    "bash",
    "cmd",
    "env",
    "fish",
    "nice",
    "nohup",
    "powershell",
    "pwsh",
    "sh",
    "sudo",
    "wsl",
    "xargs",
    "zsh",
    "make",
    "just",
    "task",
    "mise",
    "direnv",
    "op",
    "doppler",
];

fn read(seen: &Seen<'_>, said: &mut Said) {
    said.no(Signal::ServesPipeline);
    let answer = match (seen.text("command"), seen.flag("pinned")) {
        (Some(command), Some(false)) => {
            let package = seen.text("package").unwrap_or("a package");
            let version = seen.text("version").map(|text| format!(" {text}"));
            Answer::yes(format!(
                "{command} {package}{}",
                version.unwrap_or_default()
            ))
        }
        (_, Some(true)) => Answer::No,
        (Some(command), None) if is_wrapper(command) => {
            Answer::unknown("a shell or another wrapper starts it")
        }
        (Some(_), None) => Answer::No,
        (None, None) if seen.text("url").is_some() => Answer::No,
        (None, _) => return,
    };
    said.say(Signal::UnpinnedCommand, answer);
}

fn is_wrapper(command: &str) -> bool {
    let program = command.rsplit(['/', '\\']).next().unwrap_or(command);
    let program = program.split_whitespace().next().unwrap_or(program);
    WRAPPERS.contains(&program.trim_end_matches(".exe").trim_end_matches(".cmd"))
}
