// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_CORE_DOMAIN_HPP
#define ASSENT_CORE_DOMAIN_HPP

#include <assent/config.hpp>
#include <assent/core/detail/domain_core.hpp>
#include <assent/core/detail/errors.hpp>
#include <assent/core/detail/thread_cache.hpp>
#include <assent/core/fence.hpp>

#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

namespace assent::inline ASSENT_ABI {

/// For experts: the dispatchers of one domain share the records of the threads that notify, and one graph
/// of waits. Cycles of waits are found within a domain; dispatchers whose callbacks use each other belong
/// into one. Everything is in the default domain unless told otherwise.
class domain {
public:
    /// A domain of its own. `kind` may ask for less than the system offers (tests do).
    /// Errors  std::bad_alloc.
    static domain make(fence_kind kind = detail::probe_fence_kind()) {
        auto* const core = new (std::nothrow) detail::domain_core(kind);
        if (core == nullptr) detail::out_of_memory();
        return domain(*core);
    }

    /// The one that dispatchers of this program, or of this shared library, use by default.
    static const domain& by_default() {
        // Never destroyed: static objects may still notify when the program ends. A library that is
        // unloaded leaves it behind: it holds no pointer to code.
        static const domain& shared = *new domain(make());
        return shared;
    }

    domain(const domain& other) noexcept : core_(other.core_) { core_->acquire(); }
    domain& operator=(domain other) noexcept {
        std::swap(core_, other.core_);
        return *this;
    }
    ~domain() { core_->release(); }

    fence_kind fences() const noexcept { return core_->kind; }
    /// Heavy fences so far: what unregistering cost the notifying threads.
    std::uint64_t heavy_fences() const noexcept {
        return core_->heavy_fences.load(std::memory_order_relaxed);
    }

    detail::domain_core& core() const noexcept { return *core_; }

private:
    explicit domain(detail::domain_core& core) noexcept : core_(&core) {}
    detail::domain_core* core_;
};

/// Makes ready what this thread needs to notify `depth` levels deep, so that no notification allocates.
/// False: no memory; notifying may then fail with std::bad_alloc before any callback was called.
inline bool attach_thread(std::size_t depth = 3, const domain& in = domain::by_default()) noexcept {
    detail::record* const mine = detail::record_of_this_thread(in.core());
    if (mine == nullptr) return false;
    std::size_t have = 0;
    mine->for_each_frame([&](detail::frame&) {
        ++have;
        return true;
    });
    // A keyed notification has two: one shows the key's receivers, one the callback.
    while (have < 2 * depth) {
        if (!mine->grow()) return false;
        have += detail::frame_chunk::count;
    }
    return true;
}

} // namespace assent::inline ASSENT_ABI

#endif
