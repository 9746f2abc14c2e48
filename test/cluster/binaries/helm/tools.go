//go:build tools

// Package tools pins the Helm command with which the chart is tested.
package tools

import _ "helm.sh/helm/v4/cmd/helm"
