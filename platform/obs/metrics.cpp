#include "platform/obs/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <list>
#include <mutex>

namespace daybook::platform::obs {
namespace {

constexpr auto latency_bounds = std::to_array<double>(
    {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0});

prometheus::Labels to_prometheus(const labels& l) { return {l.begin(), l.end()}; }

struct sample {
    prometheus::Gauge* target;
    std::function<double()> sampler;
};

// Shared with the guards, so that a guard may outlive the metrics.
struct sample_list {
    std::mutex mutex;
    std::list<sample> samples;
};

}  // namespace

struct metrics::impl {
    prometheus::Registry registry;
    std::shared_ptr<sample_list> sampled = std::make_shared<sample_list>();
};

void counter::add(double amount) const noexcept {
    if (target_ != nullptr) static_cast<prometheus::Counter*>(target_)->Increment(amount);
}
void gauge::set(double value) const noexcept {
    if (target_ != nullptr) static_cast<prometheus::Gauge*>(target_)->Set(value);
}
void gauge::add(double amount) const noexcept {
    if (target_ != nullptr) static_cast<prometheus::Gauge*>(target_)->Increment(amount);
}
void histogram::observe(double value) const noexcept {
    if (target_ != nullptr) static_cast<prometheus::Histogram*>(target_)->Observe(value);
}

std::span<const double> latency_buckets_seconds() noexcept { return latency_bounds; }

metrics::metrics() : impl_(std::make_unique<impl>()) {}
metrics::~metrics() = default;

counter metrics::make_counter(const std::string& name, const std::string& help, const labels& l) {
    auto& family = prometheus::BuildCounter().Name(name).Help(help).Register(impl_->registry);
    return counter(&family.Add(to_prometheus(l)));
}

gauge metrics::make_gauge(const std::string& name, const std::string& help, const labels& l) {
    auto& family = prometheus::BuildGauge().Name(name).Help(help).Register(impl_->registry);
    return gauge(&family.Add(to_prometheus(l)));
}

histogram metrics::make_histogram(const std::string& name, const std::string& help, const labels& l,
                                  std::span<const double> bounds) {
    auto& family = prometheus::BuildHistogram().Name(name).Help(help).Register(impl_->registry);
    return histogram(&family.Add(to_prometheus(l), std::vector<double>(bounds.begin(), bounds.end())));
}

std::shared_ptr<void> metrics::sample_gauge(const std::string& name, const std::string& help, const labels& l,
                                            std::function<double()> sampler) {
    auto& family = prometheus::BuildGauge().Name(name).Help(help).Register(impl_->registry);
    auto& target = family.Add(to_prometheus(l));
    const auto held = impl_->sampled;
    const std::scoped_lock lock(held->mutex);
    const auto place = held->samples.insert(held->samples.end(), {&target, std::move(sampler)});
    return {nullptr, [held, place](void*) {
                const std::scoped_lock inner(held->mutex);
                held->samples.erase(place);
            }};
}

std::string metrics::render() const {
    const std::scoped_lock lock(impl_->sampled->mutex);
    for (const auto& one : impl_->sampled->samples) one.target->Set(one.sampler());
    return prometheus::TextSerializer().Serialize(impl_->registry.Collect());
}

}  // namespace daybook::platform::obs
