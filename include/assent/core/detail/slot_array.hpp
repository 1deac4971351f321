// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_CORE_DETAIL_SLOT_ARRAY_HPP
#define ASSENT_CORE_DETAIL_SLOT_ARRAY_HPP

#include <assent/config.hpp>
#include <assent/core/detail/run.hpp>
#include <assent/core/fence.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>

namespace assent::inline ASSENT_ABI::detail {

/// The slots and how far they are used. A slot is 0, `removed`, or a channel's address with some bits of its
/// hash below it, which spare most comparisons of keys.
class slot_array {
public:
    static constexpr std::uintptr_t removed = 1;
    /// Bits that are zero in the address of whatever `new` returns.
    static constexpr std::uintptr_t tag_bits =
        (__STDCPP_DEFAULT_NEW_ALIGNMENT__ < 16 ? __STDCPP_DEFAULT_NEW_ALIGNMENT__ : 16) - 1;

    /// Null: no memory.
    static slot_array* make(std::uint32_t capacity) noexcept {
        void* const memory =
            ::operator new(sizeof(slot_array) + capacity * sizeof(std::atomic<std::uintptr_t>), std::nothrow);
        return memory == nullptr ? nullptr : new (memory) slot_array(capacity);
    }
    static void free(slot_array* a) noexcept { ::operator delete(a); }

    static std::uintptr_t tagged(const channel& c) noexcept {
        return reinterpret_cast<std::uintptr_t>(&c) | (c.hash & tag_bits);
    }
    static channel* channel_in(std::uintptr_t slot) noexcept {
        return reinterpret_cast<channel*>(slot & ~tag_bits);
    }
    /// Whether the slot may hold a channel of that hash.
    static bool may_be(std::uintptr_t slot, std::uint32_t hash) noexcept {
        return ((slot ^ hash) & tag_bits) == 0 && slot > tag_bits;
    }

    std::uint32_t start(std::uint32_t hash) const noexcept {
        return static_cast<std::uint32_t>(std::uint64_t{hash} * capacity >> 32);
    }
    std::uint32_t after(std::uint32_t i) const noexcept { return i + 1 == capacity ? 0 : i + 1; }
    std::uint32_t before(std::uint32_t i) const noexcept { return i == 0 ? capacity - 1 : i - 1; }
    std::atomic<std::uintptr_t>& operator[](std::uint32_t i) noexcept {
        return reinterpret_cast<std::atomic<std::uintptr_t>*>(this + 1)[i];
    }

    /// Room for one more is there. Under the lock, as all below.
    void insert(channel& c) noexcept {
        std::uint32_t i = start(c.hash);
        while ((*this)[i].load(std::memory_order_relaxed) > removed) i = after(i);
        if ((*this)[i].load(std::memory_order_relaxed) == 0) ++used;
        // Partner: K4; publishes the channel.
        (*this)[i].store(tagged(c), std::memory_order_release);
    }

    void erase(const channel& c) noexcept {
        std::uint32_t i = start(c.hash);
        while ((*this)[i].load(std::memory_order_relaxed) != tagged(c)) i = after(i);
        publish((*this)[i], removed); // V1
        if ((*this)[after(i)].load(std::memory_order_relaxed) != 0) return;
        // No search goes on behind it, so this and the removed before it end searches just as well.
        for (; (*this)[i].load(std::memory_order_relaxed) == removed; i = before(i)) {
            // Relaxed: a search that reads it ends, and uses nothing.
            (*this)[i].store(0, std::memory_order_relaxed);
            --used;
        }
    }

    const std::uint32_t capacity;
    std::uint32_t used = 0; ///< slots that are not 0; some stay 0, or a search would not end
    slot_array* next_retired = nullptr;

    /// What a frame shows that is probing.
    std::uintptr_t pin() const noexcept { return reinterpret_cast<std::uintptr_t>(this) | 1; }

private:
    explicit slot_array(std::uint32_t slots) noexcept : capacity(slots) {
        for (std::uint32_t i = 0; i < slots; ++i) new (&(*this)[i]) std::atomic<std::uintptr_t>(0);
    }
};

} // namespace assent::inline ASSENT_ABI::detail

#endif
