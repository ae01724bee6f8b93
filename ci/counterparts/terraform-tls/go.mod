module countersign.invalid/counterparts/terraform-tls

go 1.16

require (
	github.com/hashicorp/terraform v0.12.31
	github.com/terraform-providers/terraform-provider-tls v1.2.0
)

replace github.com/terraform-providers/terraform-provider-tls => github.com/hashicorp/terraform-provider-tls v1.2.0
