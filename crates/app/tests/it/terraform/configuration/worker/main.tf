variable "token" {
  sensitive = true
}

resource "terraform_data" "environment" {
  count = 1
  input = { LOG_LEVEL = "debug", API_TOKEN = var.token }
}
