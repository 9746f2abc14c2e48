//go:build tools

// Package tools pins the command that runs the chart's own tests.
package tools

import _ "github.com/helm-unittest/helm-unittest/cmd/helm-unittest"
