// SPDX-License-Identifier: BSL-1.0
#ifndef BENCHMARKS_SUBJECT_HPP
#define BENCHMARKS_SUBJECT_HPP

// One library being measured. Scenarios see the interface; its loops are made once per library by the
// template below, so that no virtual call stands between two things that are measured.

#include "event.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace bench {

class subject {
public:
    virtual ~subject() = default;

    /// Adds n callbacks that stay, each with its own counter.
    virtual void attach(std::size_t n) = 0;
    /// Adds n callbacks that stay and count where the event says.
    virtual void attach_per_thread(std::size_t n) = 0;
    /// Sum of the counters of attach().
    virtual long counted() const = 0;

    virtual void emit(const event& e, std::size_t times) = 0;

    /// Makes room for the handles of n registrations, which is not part of what is measured.
    virtual void make_room(std::size_t n) = 0;
    /// Registers, and keeps the registrations [from, to) until unregister_all(), which takes the order.
    virtual void register_range(std::size_t from, std::size_t to) = 0;
    virtual void unregister_all(const std::vector<std::uint32_t>& order) = 0;
    /// Registers one and unregisters it at once.
    virtual void pairs(std::size_t times) = 0;

    virtual void add_canary(canary& c) = 0;
    virtual void remove_canary() = 0;

    /// Makes the library know the calling thread as one that notifies, where it wants to know.
    virtual void attach_this_thread() = 0;
    /// How often unregistering interrupted other threads, where that is counted.
    virtual std::optional<std::uint64_t> heavy_fences() const = 0;
};

struct library {
    std::string name;
    bool thread_safe;   ///< notifying and registering on two threads at once is allowed
    bool cheap_removal; ///< removal does not move or look through all others
    std::function<std::unique_ptr<subject>()> make;
};

/// `Adapter` says how a library is used:
///   using connection = …;                        movable, default-constructible
///   template <class F> connection connect(F);    void disconnect(connection&);    void emit(const event&);
template <class Adapter> class subject_of final : public subject {
    using connection = typename Adapter::connection;

public:
    template <class... Arguments>
    explicit subject_of(Arguments&&... arguments) : used_(std::forward<Arguments>(arguments)...) {}
    subject_of(const subject_of&) = delete;
    subject_of& operator=(const subject_of&) = delete;
    ~subject_of() override {
        for (connection& c : staying_) used_.disconnect(c);
    }

    void attach(std::size_t n) override {
        counters_.assign(n, 0);
        for (long& counter : counters_) staying_.push_back(used_.connect(counting{&counter}));
    }
    void attach_per_thread(std::size_t n) override {
        for (std::size_t i = 0; i < n; ++i) staying_.push_back(used_.connect(counting_per_thread{}));
    }
    long counted() const override {
        long sum = 0;
        for (const long counter : counters_) sum += counter;
        return sum;
    }

    void emit(const event& e, std::size_t times) override {
        for (std::size_t i = 0; i < times; ++i) emit_once(used_, e);
    }

    void make_room(std::size_t n) override { coming_.resize(n); }
    void register_range(std::size_t from, std::size_t to) override {
        for (std::size_t i = from; i < to; ++i) connect_once(used_, coming_[i], counting{&spare_});
    }
    void unregister_all(const std::vector<std::uint32_t>& order) override {
        for (const std::uint32_t i : order) disconnect_once(used_, coming_[i]);
    }
    void pairs(std::size_t times) override {
        for (std::size_t i = 0; i < times; ++i) {
            connection c;
            connect_once(used_, c, counting{&spare_});
            disconnect_once(used_, c);
        }
    }

    void add_canary(canary& c) override { watching_ = used_.connect(watching{&c}); }
    void remove_canary() override { used_.disconnect(watching_); }

    void attach_this_thread() override {
        if constexpr (requires { used_.attach_this_thread(); }) used_.attach_this_thread();
    }
    std::optional<std::uint64_t> heavy_fences() const override {
        if constexpr (requires { used_.heavy_fences(); }) return used_.heavy_fences();
        return std::nullopt;
    }

private:
    // The same barriers for everybody: neither the library nor its caller sees through them.
    [[gnu::noinline]] static void emit_once(Adapter& used, const event& e) {
        used.emit(e);
        asm volatile("" ::: "memory");
    }
    [[gnu::noinline]] static void connect_once(Adapter& used, connection& c, counting f) {
        c = used.connect(f);
    }
    [[gnu::noinline]] static void disconnect_once(Adapter& used, connection& c) { used.disconnect(c); }

    Adapter used_;
    std::vector<long> counters_;
    std::vector<connection> staying_;
    std::vector<connection> coming_;
    connection watching_{};
    long spare_ = 0;
};

template <class Adapter, class... Arguments>
std::function<std::unique_ptr<subject>()> maker(Arguments... arguments) {
    return [arguments...] { return std::make_unique<subject_of<Adapter>>(arguments...); };
}

/// Everything there is to measure; the raw loop first.
const std::vector<library>& libraries();

// Each adds its part.
void add_plain(std::vector<library>& to);
void add_assent(std::vector<library>& to);
void add_boost(std::vector<library>& to);
void add_sigc(std::vector<library>& to);

} // namespace bench

#endif
