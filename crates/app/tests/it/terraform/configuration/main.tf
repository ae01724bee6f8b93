terraform {
  required_providers {
    local = { source = "hashicorp/local" }
    tls   = { source = "hashicorp/tls" }
  }
}

variable "db_password" {
  type      = string
  sensitive = true
}

variable "region" {
  default = "eu-central-1"
}

resource "tls_private_key" "web" {
  algorithm   = "ECDSA"
  ecdsa_curve = "P256"
}

resource "tls_self_signed_cert" "web" {
  key_algorithm         = "ECDSA"
  private_key_pem       = tls_private_key.web.private_key_pem
  dns_names             = ["web.example.com"]
  validity_period_hours = 2160
  allowed_uses          = ["server_auth"]
  subject {
    common_name  = "web.example.com"
    organization = "Acme"
  }
}

resource "local_sensitive_file" "key" {
  content  = tls_private_key.web.private_key_pem
  filename = "${path.module}/out/web.key"
}

resource "local_file" "certificate" {
  content  = tls_self_signed_cert.web.cert_pem
  filename = "${path.module}/out/web.crt"
}

resource "terraform_data" "database" {
  input = {
    region = var.region
    notes  = "say ${var.db_password} to enter"
    url    = "postgres://shop:${var.db_password}@db.example.com:5432/shop"
  }
}

module "worker" {
  source   = "./worker"
  for_each = toset(["blue", "green"])
  token    = "CANARY-worker-${each.key}-5e1d8f3c"
}

data "local_file" "certificate" {
  filename = local_file.certificate.filename
}

output "database_url" {
  value     = terraform_data.database.output.url
  sensitive = true
}

output "certificate" {
  value = data.local_file.certificate.content
}

output "region" {
  value = var.region
}
