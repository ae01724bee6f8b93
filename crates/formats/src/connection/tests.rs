use super::*;

fn check(text: &str, want: (&str, &str, Option<&str>, Option<&str>, Option<&str>)) {
    let got = parse(text).unwrap();
    let hosts: Vec<_> = got
        .hosts
        .iter()
        .map(|e| {
            e.port
                .map_or_else(|| e.host.clone(), |p| format!("{}:{p}", e.host))
        })
        .collect();
    let secret = got
        .secret
        .as_ref()
        .map(|s| String::from_utf8_lossy(s.expose()).into_owned());
    assert_eq!(
        (
            got.engine.as_str(),
            hosts.join(",").as_str(),
            got.database.as_deref(),
            got.user.as_deref(),
            secret.as_deref()
        ),
        want,
        "{text}"
    );
    let shown = format!("{got:?}{}", serde_json::to_string(&got).unwrap());
    assert!(!shown.contains("CANARY"), "{shown}");
}

#[test]
fn urls() {
    check(
        "postgres://app:CANARY%40x@db.example.com:5433/orders?sslmode=require",
        (
            "postgresql",
            "db.example.com:5433",
            Some("orders"),
            Some("app"),
            Some("CANARY@x"),
        ),
    );
    check(
        "postgresql+psycopg2://app:CANARY@db/orders",
        (
            "postgresql",
            "db",
            Some("orders"),
            Some("app"),
            Some("CANARY"),
        ),
    );
    check(
        "mongodb+srv://u:CANARY@c.mongodb.net/db?authSource=admin",
        (
            "mongodb",
            "c.mongodb.net",
            Some("db"),
            Some("u"),
            Some("CANARY"),
        ),
    );
    check(
        "mongodb://u:CANARY@a:1,b:2/db",
        ("mongodb", "a:1,b:2", Some("db"), Some("u"), Some("CANARY")),
    );
    check(
        "redis://:CANARY@cache:6379/0",
        ("redis", "cache:6379", Some("0"), None, Some("CANARY")),
    );
    check(
        "amqps://u:CA/NARY@mq/vhost",
        ("amqp", "mq", Some("vhost"), Some("u"), Some("CA/NARY")),
    );
    check(
        "https://u@[2001:db8::1]:8443/x",
        ("https", "2001:db8::1:8443", Some("x"), Some("u"), None),
    );
    check(
        "postgres://app:${DB_PASSWORD}@db/x",
        ("postgresql", "db", Some("x"), Some("app"), None),
    );
}

#[test]
fn jdbc_strings() {
    check(
        "jdbc:postgresql://db:5432/orders?user=app&password=CANARY",
        (
            "postgresql",
            "db:5432",
            Some("orders"),
            Some("app"),
            Some("CANARY"),
        ),
    );
    check(
        "jdbc:sqlserver://db:1433;databaseName=orders;user=app;password=CANARY;encrypt=true",
        (
            "sqlserver",
            "db:1433",
            Some("orders"),
            Some("app"),
            Some("CANARY"),
        ),
    );
    check(
        "jdbc:oracle:thin:app/CANARY@//db:1521/svc",
        (
            "oracle",
            "db:1521",
            Some("svc"),
            Some("app"),
            Some("CANARY"),
        ),
    );
    check(
        "jdbc:oracle:thin:app/CANARY@db:1521:sid",
        (
            "oracle",
            "db:1521",
            Some("sid"),
            Some("app"),
            Some("CANARY"),
        ),
    );
}

#[test]
fn key_value_strings() {
    check(
        "Server=tcp:db.database.windows.net,1433;Initial Catalog=orders;User ID=app;Password=\"CANARY;x\";Encrypt=True",
        (
            "sqlserver",
            "db.database.windows.net:1433",
            Some("orders"),
            Some("app"),
            Some("CANARY;x"),
        ),
    );
    check(
        "DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=CANARY==;EndpointSuffix=core.windows.net",
        (
            "azure_storage",
            "acme.blob.core.windows.net",
            None,
            Some("acme"),
            Some("CANARY=="),
        ),
    );
    check(
        "Endpoint=sb://ns.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey=CANARY=;EntityPath=q",
        (
            "azure_service_bus",
            "ns.servicebus.windows.net",
            Some("q"),
            Some("Root"),
            Some("CANARY="),
        ),
    );
    check(
        "host=db port=5432 dbname='orders x' user=app password='CANARY\\' y'",
        (
            "postgresql",
            "db:5432",
            Some("orders x"),
            Some("app"),
            Some("CANARY' y"),
        ),
    );
}

#[test]
fn ordinary_text_is_not_a_connection() {
    for text in [
        "hello",
        "a=b",
        "x; y; z",
        "ftp",
        "://",
        "foo://bar",
        "a=b;c=d",
        "",
    ] {
        assert!(parse(text).is_err(), "{text}");
    }
}
