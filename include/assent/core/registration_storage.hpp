// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_CORE_REGISTRATION_STORAGE_HPP
#define ASSENT_CORE_REGISTRATION_STORAGE_HPP

#include <assent/config.hpp>
#include <assent/core/detail/stored_node.hpp>

#include <cstddef>

namespace assent::inline ASSENT_ABI {

/// Room for one registered callable of up to `Size` bytes, for registering without an allocation.
///
///   assent::registration_storage<> room;      // declared first, destroyed last
///   assent::registration r = changes.on_in(room, f);
///
/// It must outlive the registration and the last invocation. After unregister() has returned `done` both are
/// over; otherwise (no_wait, a time that passed, a cycle that was broken, a callback that unregistered itself)
/// the callable stays in it until its last invocation has ended, and the destructor waits for that.
/// Errors   destroyed while its registration is alive, or where waiting would never end (inside its own
///          callback, or one that waits for this thread): ends the program with a message.
/// Threads  like an int, except that the callable may leave it on any thread; vacant() says so.
template <std::size_t Size = 3 * sizeof(void*), std::size_t Alignment = alignof(std::max_align_t)>
class registration_storage {
public:
    static constexpr std::size_t size = Size;
    static constexpr std::size_t alignment = Alignment;

    registration_storage() noexcept = default;
    registration_storage(const registration_storage&) = delete;
    registration_storage& operator=(const registration_storage&) = delete;

    /// Whether it can be registered with: nothing is in it (any more).
    bool vacant() const noexcept { return tenancy_.vacant(); }

private:
    friend struct detail::storage_access;
    struct alignas(Alignment) any_callable {
        std::byte bytes[Size];
    };
    using largest = detail::stored_node<any_callable>;

    // Destroyed first, and waits: the memory is still there then.
    alignas(largest) std::byte memory_[sizeof(largest)];
    detail::tenancy tenancy_;
};

/// Storage for callables of type F.
template <class F> using registration_storage_for = registration_storage<sizeof(F), alignof(F)>;

} // namespace assent::inline ASSENT_ABI

#endif
