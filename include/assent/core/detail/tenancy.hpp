// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_CORE_DETAIL_TENANCY_HPP
#define ASSENT_CORE_DETAIL_TENANCY_HPP

#include <assent/config.hpp>
#include <assent/core/detail/reclamation.hpp>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <thread>
#include <utility>

namespace assent::inline ASSENT_ABI::detail {

/// Who is in a storage that a caller has supplied, and how its destructor waits until nobody is.
///
/// Whoever destroys the callable ends the tenancy under the mutex of the wait graph. So blocker(), which is
/// called under it, may look at the tenant and its registry for as long as the tenancy lasts; and nothing of the
/// storage is touched after vacate() has stored that it is over, because it may be gone by then.
class tenancy : private wait_target {
public:
    tenancy() noexcept : wait_target{&blocker} {}
    tenancy(const tenancy&) = delete;
    tenancy& operator=(const tenancy&) = delete;
    ~tenancy() {
        if (!vacant()) await_vacancy();
        if (domain_ != nullptr) domain_->release();
    }

    /// Acquire: partner of vacate(); the callable has been destroyed.
    bool vacant() const noexcept { return !taken_.load(std::memory_order_acquire); }

    /// Keeps the registry for as long as the tenancy lasts. False: somebody is in it.
    bool claim(registry& in) noexcept {
        if (taken_.exchange(true, std::memory_order_acquire)) return false;
        in.acquire();
        registry_ = &in;
        domain_core* const before = std::exchange(domain_, in.home_domain);
        domain_->acquire();
        if (before != nullptr) before->release();
        return true;
    }
    /// After claim(), before anybody else can know of the node.
    void begin(node& n) noexcept { tenant_ = &n; }

    /// The callable has been destroyed, or there was none.
    void vacate() noexcept {
        registry& in = *registry_;
        in.home_domain->waits.while_nobody_asks([this] { taken_.store(false, std::memory_order_release); });
        in.release();
    }

private:
    ASSENT_COLD void await_vacancy() noexcept {
        waiter_ = std::this_thread::get_id();
        bool kept = false;
        domain_->waits.while_nobody_asks(
            [&] { kept = !vacant() && !tenant_->released.load(std::memory_order_acquire); });
        if (kept) fail("its registration is still alive: declare the storage before it");
        while (!vacant()) {
            wait_scope waiting(domain_->waits, *this);
            const bool never = waiting.closes_cycle();
            if (!never) {
                // In slices, each of which looks afresh at who runs the callback.
                poll_until([&] { return vacant() || waiting.broken(); },
                           std::chrono::steady_clock::now() + std::chrono::milliseconds(20));
            }
            if ((never || waiting.broken()) && !vacant())
                fail("its callback still runs, and waiting for that would never end");
        }
    }

    [[noreturn]] static void fail(const char* why) noexcept {
        std::fprintf(stderr, "assent: registration_storage destroyed although %s\n", why);
        std::abort();
    }

    /// This thread, if it is inside the callback; else one that is; none, if nobody is any more.
    static std::thread::id blocker(const wait_target* target) noexcept {
        const auto& self = *static_cast<const tenancy*>(target);
        if (self.vacant()) return {};
        registry& in = *self.registry_;
        std::thread::id inside{};
        const std::lock_guard guard(in.lock);
        in.for_each_position([&](record& r, frame&, std::uintptr_t at) {
            if (block::is_pin(at) || !in.does().contains(&in, at)) return true;
            if (reinterpret_cast<entry*>(at)->callee != self.tenant_) return true;
            inside = r.owner.load(std::memory_order_relaxed);
            return inside != self.waiter_;
        });
        return inside;
    }

    std::atomic<bool> taken_{false};
    node* tenant_ = nullptr;
    registry* registry_ = nullptr;  ///< kept alive while taken
    domain_core* domain_ = nullptr; ///< kept alive: of the present or last tenant
    std::thread::id waiter_{};      ///< in the destructor
};

} // namespace assent::inline ASSENT_ABI::detail

#endif
