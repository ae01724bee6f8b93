use super::*;

/// A Gateway of the Gateway API v1 (<https://gateway-api.sigs.k8s.io/reference/spec/>).
#[test]
fn a_gateway_serves_the_certificates_of_its_listeners() {
    let (_, certificate) = key_and_certificate();
    let sink = list(&[
        object(
            "Gateway",
            "edge",
            json!({"apiVersion": "gateway.networking.k8s.io/v1", "spec": {
                "gatewayClassName": "envoy",
                "listeners": [
                    {"name": "https", "port": 8443, "protocol": "HTTPS", "hostname": "shop.example.com",
                     "tls": {"certificateRefs": [{"name": "tls"}, {"name": "cm", "kind": "ConfigMap"}]}},
                    {"name": "all", "port": 443, "protocol": "HTTPS", "hostname": "*.example.com",
                     "tls": {"certificateRefs": [{"name": "tls", "namespace": "shop"}]}},
                    {"name": "raw", "port": 9443, "protocol": "TLS", "tls": {"mode": "Passthrough"}},
                    {"name": "gone", "port": 444, "protocol": "HTTPS", "hostname": "b.example.com",
                     "tls": {"certificateRefs": [{"name": "elsewhere"}]}},
                ],
            }}),
        ),
        object(
            "Secret",
            "tls",
            json!({"type": "kubernetes.io/tls", "data": {"tls.crt": b64(&certificate)}}),
        ),
        // Another project's kind of the same name.
        object(
            "Gateway",
            "mesh",
            json!({"apiVersion": "networking.istio.io/v1"}),
        ),
    ]);
    let certificate = sink
        .observations
        .iter()
        .map(|(_, one)| one)
        .find(|one| one.attributes.subtype.as_deref() == Some("x509_certificate"))
        .unwrap();
    let native = &certificate.node.native_id;
    let gateway = node(&sink, "gateway:shop/edge");
    assert_eq!(
        edges(gateway),
        [
            "contains <- namespace:shop".to_owned(),
            format!("presents -> {native}"),
            format!("presents -> {native}"),
        ]
    );
    assert_eq!(
        gateway.attributes.extra["listeners"][3]["tls_secrets"],
        json!(["secret:shop/elsewhere"]),
        "named, although it is not in the file"
    );
    assert_eq!(
        gateway.attributes.extra["listeners"][2]["tls_mode"],
        "Passthrough"
    );
    // The same node that a scan of the endpoint names.
    let endpoint = node(&sink, "shop.example.com:8443");
    assert_eq!(
        endpoint.node,
        crate::tls::endpoint_node("shop.example.com:8443")
    );
    assert_eq!(
        edges(endpoint),
        [
            format!("presents -> {native}"),
            "managed_by -> gateway:shop/edge".to_owned()
        ]
    );
    assert!(!sink.observations.iter().any(|(_, one)| {
        one.node.native_id.starts_with('*') || one.node.native_id == "b.example.com:444"
    }));
    assert!(
        sink.coverage
            .iter()
            .any(|row| row.reason.contains("not read: Gateway"))
    );
}
