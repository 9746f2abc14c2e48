// The peer that `make bench` measures kube/ against: the smallest controller-runtime manager that does what widget-manager.ts does, set
// up as the framework's own documentation sets one up. Only what the comparison needs is a flag.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"
)

const readyCondition = "Ready"

type reconciler struct {
	client client.Client
}

// Reconcile reads from the cache and writes the status once, when it does not yet say Ready for this generation.
func (r *reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	widget := &Widget{}
	if err := r.client.Get(ctx, request.NamespacedName, widget); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	ready := meta.FindStatusCondition(widget.Status.Conditions, readyCondition)
	if ready != nil && ready.Status == metav1.ConditionTrue && ready.ObservedGeneration == widget.Generation {
		return ctrl.Result{}, nil
	}
	before := widget.DeepCopy()
	meta.SetStatusCondition(&widget.Status.Conditions, metav1.Condition{
		Type:               readyCondition,
		Status:             metav1.ConditionTrue,
		Reason:             "Accepted",
		Message:            "The widget is ready.",
		ObservedGeneration: widget.Generation,
	})
	widget.Status.ObservedGeneration = widget.Generation
	return ctrl.Result{}, r.client.Status().Patch(ctx, widget, client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{}))
}

func run() error {
	leaseNamespace := flag.String("lease-namespace", "default", "namespace of the Lease for leader election")
	health := flag.String("health-address", "127.0.0.1:0", "address of /healthz and /readyz")
	metrics := flag.String("metrics-address", "127.0.0.1:0", "address of /metrics")
	workers := flag.Int("workers", 10, "concurrent reconciles")
	flag.Parse()
	ctrl.SetLogger(zap.New())

	scheme := runtime.NewScheme()
	addToScheme(scheme)
	config, err := ctrl.GetConfig()
	if err != nil {
		return err
	}
	// controller-runtime leaves throttling to the API server's priority and fairness; stated, so that a change of its default shows.
	config.QPS = -1
	manager, err := ctrl.NewManager(config, ctrl.Options{
		Scheme:                        scheme,
		LeaderElection:                true,
		LeaderElectionID:              "widget-peer",
		LeaderElectionNamespace:       *leaseNamespace,
		LeaderElectionReleaseOnCancel: true,
		HealthProbeBindAddress:        *health,
		Metrics:                       server.Options{BindAddress: *metrics},
		// The TypeScript cache drops managedFields, so this one does too.
		Cache: cache.Options{DefaultTransform: cache.TransformStripManagedFields()},
	})
	if err != nil {
		return err
	}
	err = ctrl.NewControllerManagedBy(manager).
		For(&Widget{}).
		WithOptions(controller.Options{MaxConcurrentReconciles: *workers}).
		Complete(&reconciler{client: manager.GetClient()})
	if err != nil {
		return err
	}
	return manager.Start(ctrl.SetupSignalHandler())
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
