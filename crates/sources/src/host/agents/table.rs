//! Which AI agents there are and where they keep their settings. Adding one is one entry here.
//!
//! Paths are taken from the products' own documentation (late 2026). Those that differ by system
//! stand once for each.

/// Where a file of a product lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Below a home directory.
    Home,
    /// Below any directory a person works in.
    Project,
    /// At this very path.
    System,
}

/// How MCP servers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// An object of servers by name, or a list of servers with a `name`, at this pointer.
    Servers(&'static str),
    /// A secret value at this pointer.
    Token(Token),
    /// A setting kept under this word.
    Fact(&'static str, &'static str),
    /// An object of environment variables for the agent.
    Environment(&'static str),
    /// Every text in this object is a secret.
    Secrets(&'static str),
}

/// A secret value and what stands beside it. Pointers are keys joined by `/`; `*` is any key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// Where the value is.
    pub value: &'static str,
    /// What sort of credential it is.
    pub subtype: &'static str,
    /// Where its end is, as RFC 3339 or a number of seconds or milliseconds.
    pub expires: Option<&'static str>,
    /// Where its scopes are.
    pub scopes: Option<&'static str>,
    /// Where its account is.
    pub account: Option<&'static str>,
}

/// One file of a product.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// The last parts of its path.
    pub path: &'static str,
    /// Where it lies.
    pub scope: Scope,
    /// What is read of it.
    pub parts: &'static [Part],
}

/// One product.
#[derive(Debug, Clone, Copy)]
pub struct Product {
    /// Its subtype.
    pub id: &'static str,
    /// Its name.
    pub title: &'static str,
    /// Who makes it.
    pub vendor: &'static str,
    /// Its files; the first one names the installation.
    pub places: &'static [Place],
}

const fn home(path: &'static str, parts: &'static [Part]) -> Place {
    Place {
        path,
        scope: Scope::Home,
        parts,
    }
}

const fn project(path: &'static str, parts: &'static [Part]) -> Place {
    Place {
        path,
        scope: Scope::Project,
        parts,
    }
}

const fn system(path: &'static str, parts: &'static [Part]) -> Place {
    Place {
        path,
        scope: Scope::System,
        parts,
    }
}

const fn token(value: &'static str, subtype: &'static str) -> Part {
    Part::Token(Token {
        value,
        subtype,
        expires: None,
        scopes: None,
        account: None,
    })
}

/// The object most products use.
const MCP: &[Part] = &[Part::Servers("mcpServers")];
const SERVERS: &[Part] = &[Part::Servers("servers")];

const CLAUDE_SETTINGS: &[Part] = &[
    Part::Servers("mcpServers"),
    Part::Fact("model", "model"),
    Part::Fact("permissions/allow", "permissions_allowed"),
    Part::Fact("permissions/ask", "permissions_asked"),
    Part::Fact("permissions/deny", "permissions_denied"),
    Part::Fact("permissions/defaultMode", "permission_mode"),
    Part::Fact(
        "permissions/additionalDirectories",
        "additional_directories",
    ),
    Part::Fact("enableAllProjectMcpServers", "accepts_all_project_servers"),
    Part::Fact("apiKeyHelper", "api_key_helper"),
    Part::Environment("env"),
];

const GEMINI_SETTINGS: &[Part] = &[
    Part::Servers("mcpServers"),
    Part::Fact("model/name", "model"),
    Part::Fact("model", "model"),
    Part::Fact("security/auth/selectedType", "sign_in"),
    Part::Fact("selectedAuthType", "sign_in"),
    Part::Fact("tools/allowed", "permissions_allowed"),
    Part::Fact("tools/exclude", "permissions_denied"),
];

const CODE_SETTINGS: &[Part] = &[
    Part::Servers("mcp/servers"),
    Part::Servers("mcp.servers"),
    Part::Fact("chat.tools.autoApprove", "approves_all_tools"),
    Part::Fact("chat.tools.global.autoApprove", "approves_all_tools"),
];

/// Every product, in alphabetical order.
pub const PRODUCTS: &[Product] = &[
    Product {
        id: "aider",
        title: "Aider",
        vendor: "aider",
        places: &[home(
            ".aider.conf.yml",
            &[
                Part::Fact("model", "model"),
                token("openai-api-key", "openai_api_key"),
                token("anthropic-api-key", "anthropic_api_key"),
            ],
        )],
    },
    Product {
        id: "amazon_q",
        title: "Amazon Q Developer",
        vendor: "amazon web services",
        places: &[
            home(".aws/amazonq/mcp.json", MCP),
            home(".aws/amazonq/default.json", MCP),
            home(
                ".aws/amazonq/cli-agents/*.json",
                &[
                    Part::Servers("mcpServers"),
                    Part::Fact("allowedTools", "permissions_allowed"),
                    Part::Fact("tools", "tools"),
                ],
            ),
            project(".amazonq/mcp.json", MCP),
            project(".amazonq/default.json", MCP),
        ],
    },
    Product {
        id: "amp",
        title: "Amp",
        vendor: "sourcegraph",
        places: &[
            home(
                ".config/amp/settings.json",
                &[
                    Part::Servers("amp.mcpServers"),
                    Part::Fact("amp.dangerouslyAllowAll", "approves_all_tools"),
                ],
            ),
            home(".local/share/amp/secrets.json", &[Part::Secrets("")]),
        ],
    },
    Product {
        id: "claude_code",
        title: "Claude Code",
        vendor: "anthropic",
        places: &[
            home(
                ".claude.json",
                &[
                    Part::Servers("mcpServers"),
                    Part::Servers("projects/*/mcpServers"),
                    Part::Fact("oauthAccount/emailAddress", "account"),
                    Part::Fact("oauthAccount/organizationName", "organisation"),
                    token("primaryApiKey", "anthropic_api_key"),
                ],
            ),
            home(".claude/settings.json", CLAUDE_SETTINGS),
            home(".claude/settings.local.json", CLAUDE_SETTINGS),
            home(
                ".claude/.credentials.json",
                &[
                    Part::Token(Token {
                        value: "claudeAiOauth/accessToken",
                        subtype: "anthropic_oauth_access_token",
                        expires: Some("claudeAiOauth/expiresAt"),
                        scopes: Some("claudeAiOauth/scopes"),
                        account: None,
                    }),
                    Part::Token(Token {
                        value: "claudeAiOauth/refreshToken",
                        subtype: "anthropic_oauth_refresh_token",
                        expires: None,
                        scopes: Some("claudeAiOauth/scopes"),
                        account: None,
                    }),
                    Part::Token(Token {
                        value: "mcpOAuth/*/accessToken",
                        subtype: "mcp_oauth_access_token",
                        expires: Some("mcpOAuth/*/expiresAt"),
                        scopes: Some("mcpOAuth/*/scope"),
                        account: Some("mcpOAuth/*/serverName"),
                    }),
                    Part::Token(Token {
                        value: "mcpOAuth/*/refreshToken",
                        subtype: "mcp_oauth_refresh_token",
                        expires: None,
                        scopes: Some("mcpOAuth/*/scope"),
                        account: Some("mcpOAuth/*/serverName"),
                    }),
                    Part::Fact("claudeAiOauth/subscriptionType", "subscription"),
                ],
            ),
            project(".mcp.json", MCP),
            project(".claude/settings.json", CLAUDE_SETTINGS),
            project(".claude/settings.local.json", CLAUDE_SETTINGS),
            system("/etc/claude-code/managed-settings.json", CLAUDE_SETTINGS),
            system("/etc/claude-code/managed-mcp.json", MCP),
        ],
    },
    Product {
        id: "claude_desktop",
        title: "Claude Desktop",
        vendor: "anthropic",
        places: &[
            home(".config/Claude/claude_desktop_config.json", MCP),
            home(
                "Library/Application Support/Claude/claude_desktop_config.json",
                MCP,
            ),
            home("AppData/Roaming/Claude/claude_desktop_config.json", MCP),
        ],
    },
    Product {
        id: "cline",
        title: "Cline",
        vendor: "cline",
        places: &[
            home(
                ".config/Code/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json",
                MCP,
            ),
            home(
                "Library/Application Support/Code/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json",
                MCP,
            ),
            home(
                "AppData/Roaming/Code/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json",
                MCP,
            ),
            home(
                ".vscode-server/data/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json",
                MCP,
            ),
            home(".cline/data/settings/cline_mcp_settings.json", MCP),
        ],
    },
    Product {
        id: "codex",
        title: "Codex",
        vendor: "openai",
        places: &[
            home(
                ".codex/config.toml",
                &[
                    Part::Servers("mcp_servers"),
                    Part::Fact("model", "model"),
                    Part::Fact("approval_policy", "permission_mode"),
                    Part::Fact("sandbox_mode", "sandbox"),
                ],
            ),
            home(
                ".codex/auth.json",
                &[
                    token("OPENAI_API_KEY", "openai_api_key"),
                    token("tokens/id_token", "openai_id_token"),
                    Part::Token(Token {
                        value: "tokens/access_token",
                        subtype: "openai_oauth_access_token",
                        expires: None,
                        scopes: None,
                        account: Some("tokens/account_id"),
                    }),
                    Part::Token(Token {
                        value: "tokens/refresh_token",
                        subtype: "openai_oauth_refresh_token",
                        expires: None,
                        scopes: None,
                        account: Some("tokens/account_id"),
                    }),
                ],
            ),
            project(
                ".codex/config.toml",
                &[Part::Servers("mcp_servers"), Part::Fact("model", "model")],
            ),
        ],
    },
    Product {
        id: "continue",
        title: "Continue",
        vendor: "continue",
        places: &[
            home(
                ".continue/config.yaml",
                &[
                    Part::Servers("mcpServers"),
                    token("models/*/apiKey", "model_api_key"),
                ],
            ),
            home(
                ".continue/config.json",
                &[
                    Part::Servers("mcpServers"),
                    Part::Servers("experimental/modelContextProtocolServers"),
                    token("models/*/apiKey", "model_api_key"),
                ],
            ),
            project(".continue/mcpServers/*.yaml", MCP),
        ],
    },
    Product {
        id: "crush",
        title: "Crush",
        vendor: "charm",
        places: &[
            home(
                ".config/crush/crush.json",
                &[
                    Part::Servers("mcp"),
                    token("providers/*/api_key", "model_api_key"),
                ],
            ),
            project(".crush.json", &[Part::Servers("mcp")]),
            project("crush.json", &[Part::Servers("mcp")]),
        ],
    },
    Product {
        id: "cursor",
        title: "Cursor",
        vendor: "anysphere",
        places: &[
            home(".cursor/mcp.json", MCP),
            home(
                ".cursor/cli-config.json",
                &[
                    Part::Fact("permissions/allow", "permissions_allowed"),
                    Part::Fact("permissions/deny", "permissions_denied"),
                    Part::Fact("model", "model"),
                ],
            ),
            project(".cursor/mcp.json", MCP),
        ],
    },
    Product {
        id: "factory_droid",
        title: "Factory Droid",
        vendor: "factory",
        places: &[
            home(".factory/mcp.json", MCP),
            project(".factory/mcp.json", MCP),
        ],
    },
    Product {
        id: "gemini_cli",
        title: "Gemini CLI",
        vendor: "google",
        places: &[
            home(".gemini/settings.json", GEMINI_SETTINGS),
            home(
                ".gemini/oauth_creds.json",
                &[
                    Part::Token(Token {
                        value: "access_token",
                        subtype: "google_oauth_access_token",
                        expires: Some("expiry_date"),
                        scopes: Some("scope"),
                        account: None,
                    }),
                    Part::Token(Token {
                        value: "refresh_token",
                        subtype: "google_oauth_refresh_token",
                        expires: None,
                        scopes: Some("scope"),
                        account: None,
                    }),
                ],
            ),
            home(
                ".gemini/google_accounts.json",
                &[Part::Fact("active", "account")],
            ),
            project(".gemini/settings.json", GEMINI_SETTINGS),
        ],
    },
    Product {
        id: "github_copilot",
        title: "GitHub Copilot",
        vendor: "github",
        places: &[
            home(
                ".config/github-copilot/hosts.json",
                &[Part::Token(Token {
                    value: "*/oauth_token",
                    subtype: "github_oauth_token",
                    expires: None,
                    scopes: None,
                    account: Some("*/user"),
                })],
            ),
            home(
                ".config/github-copilot/apps.json",
                &[Part::Token(Token {
                    value: "*/oauth_token",
                    subtype: "github_oauth_token",
                    expires: None,
                    scopes: None,
                    account: Some("*/user"),
                })],
            ),
            home(".config/github-copilot/intellij/mcp.json", SERVERS),
        ],
    },
    Product {
        id: "github_copilot_cli",
        title: "GitHub Copilot CLI",
        vendor: "github",
        places: &[
            home(".copilot/mcp-config.json", MCP),
            home(
                ".copilot/config.json",
                &[
                    Part::Fact("model", "model"),
                    Part::Fact("trusted_folders", "trusted_directories"),
                ],
            ),
        ],
    },
    Product {
        id: "goose",
        title: "Goose",
        vendor: "block",
        places: &[
            home(
                ".config/goose/config.yaml",
                &[
                    Part::Servers("extensions"),
                    Part::Fact("GOOSE_MODEL", "model"),
                    Part::Fact("GOOSE_PROVIDER", "model_provider"),
                    Part::Fact("GOOSE_MODE", "permission_mode"),
                ],
            ),
            home(".config/goose/secrets.yaml", &[Part::Secrets("")]),
        ],
    },
    Product {
        id: "jetbrains_junie",
        title: "JetBrains Junie",
        vendor: "jetbrains",
        places: &[
            home(".junie/mcp/mcp.json", MCP),
            project(".junie/mcp/mcp.json", MCP),
        ],
    },
    Product {
        id: "kilo_code",
        title: "Kilo Code",
        vendor: "kilo",
        places: &[
            home(
                ".config/Code/User/globalStorage/kilocode.kilo-code/settings/mcp_settings.json",
                MCP,
            ),
            project(".kilocode/mcp.json", MCP),
        ],
    },
    Product {
        id: "kiro",
        title: "Kiro",
        vendor: "amazon web services",
        places: &[
            home(".kiro/settings/mcp.json", MCP),
            project(".kiro/settings/mcp.json", MCP),
        ],
    },
    Product {
        id: "lm_studio",
        title: "LM Studio",
        vendor: "element labs",
        places: &[
            home(".lmstudio/mcp.json", MCP),
            home(".cache/lm-studio/mcp.json", MCP),
        ],
    },
    Product {
        id: "opencode",
        title: "opencode",
        vendor: "anomaly",
        places: &[
            home(
                ".config/opencode/opencode.json",
                &[
                    Part::Servers("mcp"),
                    Part::Fact("model", "model"),
                    Part::Fact("permission", "permissions"),
                    token("provider/*/options/apiKey", "model_api_key"),
                ],
            ),
            home(
                ".config/opencode/opencode.jsonc",
                &[Part::Servers("mcp"), Part::Fact("model", "model")],
            ),
            home(
                ".local/share/opencode/auth.json",
                &[
                    token("*/key", "model_api_key"),
                    Part::Token(Token {
                        value: "*/access",
                        subtype: "model_oauth_access_token",
                        expires: Some("*/expires"),
                        scopes: None,
                        account: None,
                    }),
                    token("*/refresh", "model_oauth_refresh_token"),
                ],
            ),
            project(
                "opencode.json",
                &[Part::Servers("mcp"), Part::Fact("model", "model")],
            ),
            project(
                "opencode.jsonc",
                &[Part::Servers("mcp"), Part::Fact("model", "model")],
            ),
        ],
    },
    Product {
        id: "qwen_code",
        title: "Qwen Code",
        vendor: "alibaba",
        places: &[
            home(".qwen/settings.json", GEMINI_SETTINGS),
            home(
                ".qwen/oauth_creds.json",
                &[
                    Part::Token(Token {
                        value: "access_token",
                        subtype: "qwen_oauth_access_token",
                        expires: Some("expiry_date"),
                        scopes: None,
                        account: None,
                    }),
                    token("refresh_token", "qwen_oauth_refresh_token"),
                ],
            ),
            project(".qwen/settings.json", GEMINI_SETTINGS),
        ],
    },
    Product {
        id: "roo_code",
        title: "Roo Code",
        vendor: "roo code",
        places: &[
            home(
                ".config/Code/User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json",
                MCP,
            ),
            home(
                ".config/Code/User/globalStorage/rooveterinaryinc.roo-cline/settings/cline_mcp_settings.json",
                MCP,
            ),
            home(
                "Library/Application Support/Code/User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json",
                MCP,
            ),
            home(
                "AppData/Roaming/Code/User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json",
                MCP,
            ),
            project(".roo/mcp.json", MCP),
        ],
    },
    Product {
        id: "visual_studio_code",
        title: "Visual Studio Code",
        vendor: "microsoft",
        places: &[
            home(".config/Code/User/mcp.json", SERVERS),
            home(".config/Code/User/settings.json", CODE_SETTINGS),
            home(".config/Code - Insiders/User/mcp.json", SERVERS),
            home(".config/Code - Insiders/User/settings.json", CODE_SETTINGS),
            home(".vscode-server/data/Machine/settings.json", CODE_SETTINGS),
            home(".vscode-server/data/User/mcp.json", SERVERS),
            home("Library/Application Support/Code/User/mcp.json", SERVERS),
            home(
                "Library/Application Support/Code/User/settings.json",
                CODE_SETTINGS,
            ),
            home("AppData/Roaming/Code/User/mcp.json", SERVERS),
            home("AppData/Roaming/Code/User/settings.json", CODE_SETTINGS),
            project(".vscode/mcp.json", SERVERS),
        ],
    },
    Product {
        id: "windsurf",
        title: "Windsurf",
        vendor: "cognition",
        places: &[
            home(".codeium/windsurf/mcp_config.json", MCP),
            home(".codeium/mcp_config.json", MCP),
        ],
    },
    Product {
        id: "zed",
        title: "Zed",
        vendor: "zed industries",
        places: &[
            home(
                ".config/zed/settings.json",
                &[
                    Part::Servers("context_servers"),
                    Part::Fact("agent/default_model/model", "model"),
                    Part::Fact("agent/always_allow_tool_actions", "approves_all_tools"),
                ],
            ),
            project(".zed/settings.json", &[Part::Servers("context_servers")]),
        ],
    },
];
