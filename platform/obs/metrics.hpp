// Figures for Prometheus. Names end in their unit (`_seconds`, `_bytes`, `_total`); no label ever names a
// user.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace daybook::platform::obs {

using labels = std::vector<std::pair<std::string, std::string>>;

/// Handles: get them once, keep them (a few words each), update them from any thread. They live as long as
/// `metrics`. A default-constructed handle swallows updates.
class counter {
 public:
    counter() = default;
    void add(double amount = 1.0) const noexcept;  ///< amount >= 0

 private:
    friend class metrics;
    explicit counter(void* target) noexcept : target_(target) {}
    void* target_ = nullptr;
};

class gauge {
 public:
    gauge() = default;
    void set(double value) const noexcept;
    void add(double amount) const noexcept;

 private:
    friend class metrics;
    explicit gauge(void* target) noexcept : target_(target) {}
    void* target_ = nullptr;
};

class histogram {
 public:
    histogram() = default;
    void observe(double value) const noexcept;

 private:
    friend class metrics;
    explicit histogram(void* target) noexcept : target_(target) {}
    void* target_ = nullptr;
};

/// Bucket bounds from 100 us to 10 s: for anything that a person waits for.
[[nodiscard]] std::span<const double> latency_buckets_seconds() noexcept;

class metrics {
 public:
    metrics();
    ~metrics();
    metrics(const metrics&) = delete;
    metrics& operator=(const metrics&) = delete;

    /// The same name and labels give the same figure. A name used with another kind throws
    /// std::invalid_argument. Threads: any; takes a lock, so keep the handle.
    [[nodiscard]] counter make_counter(const std::string& name, const std::string& help,
                                       const labels& l = {});
    [[nodiscard]] gauge make_gauge(const std::string& name, const std::string& help, const labels& l = {});
    [[nodiscard]] histogram make_histogram(const std::string& name, const std::string& help,
                                           const labels& l = {},
                                           std::span<const double> bounds = latency_buckets_seconds());
    /// A gauge whose value is asked for at each render(): queue depths, lags, sizes. The sampler is called
    /// with a lock held, from the thread that renders, and must not block or call back; it stops being called
    /// when the returned guard is destroyed.
    [[nodiscard]] std::shared_ptr<void> sample_gauge(const std::string& name, const std::string& help,
                                                     const labels& l, std::function<double()> sampler);

    /// The text exposition format 0.0.4, for /metrics.
    [[nodiscard]] std::string render() const;
    static constexpr std::string_view content_type = "text/plain; version=0.0.4; charset=utf-8";

 private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace daybook::platform::obs
