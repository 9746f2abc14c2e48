package main

import (
	"maps"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Widget is the kind of ../widget-crd.yaml.
type Widget struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec   WidgetSpec   `json:"spec,omitempty"`
	Status WidgetStatus `json:"status,omitempty"`
}

// WidgetSpec is never read by the reconciler; it is there to be parsed and kept.
type WidgetSpec struct {
	Content        string            `json:"content,omitempty"`
	Hosts          []string          `json:"hosts,omitempty"`
	Variables      map[string]string `json:"variables,omitempty"`
	User           string            `json:"user,omitempty"`
	Forks          int64             `json:"forks,omitempty"`
	TimeoutSeconds int64             `json:"timeoutSeconds,omitempty"`
	Source         string            `json:"source,omitempty"`
	CorrelationID  string            `json:"correlationID,omitempty"`
}

// WidgetStatus is what the reconciler writes.
type WidgetStatus struct {
	ObservedGeneration int64              `json:"observedGeneration,omitempty"`
	Conditions         []metav1.Condition `json:"conditions,omitempty"`
}

// WidgetList is what the API server answers to a list.
type WidgetList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	Items []Widget `json:"items"`
}

var groupVersion = schema.GroupVersion{Group: "bench.fleetwright.io", Version: "v1"}

func addToScheme(scheme *runtime.Scheme) {
	scheme.AddKnownTypes(groupVersion, &Widget{}, &WidgetList{})
	metav1.AddToGroupVersion(scheme, groupVersion)
}

// DeepCopy is what deepcopy-gen would write for these types.
func (in *Widget) DeepCopy() *Widget {
	out := &Widget{TypeMeta: in.TypeMeta, Spec: in.Spec, Status: in.Status}
	in.ObjectMeta.DeepCopyInto(&out.ObjectMeta)
	out.Spec.Hosts = slices.Clone(in.Spec.Hosts)
	out.Spec.Variables = maps.Clone(in.Spec.Variables)
	// A condition holds no pointer that is ever written through: time.Time is copied by value.
	out.Status.Conditions = slices.Clone(in.Status.Conditions)
	return out
}

// DeepCopyObject makes Widget a runtime.Object.
func (in *Widget) DeepCopyObject() runtime.Object {
	return in.DeepCopy()
}

// DeepCopyObject makes WidgetList a runtime.Object.
func (in *WidgetList) DeepCopyObject() runtime.Object {
	out := &WidgetList{TypeMeta: in.TypeMeta, Items: make([]Widget, len(in.Items))}
	in.ListMeta.DeepCopyInto(&out.ListMeta)
	for index := range in.Items {
		out.Items[index] = *in.Items[index].DeepCopy()
	}
	return out
}
