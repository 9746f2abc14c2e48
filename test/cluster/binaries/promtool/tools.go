//go:build tools

// Package tools pins the command that checks the chart's alerts.
package tools

import _ "github.com/prometheus/prometheus/cmd/promtool"
