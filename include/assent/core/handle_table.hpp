// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_CORE_HANDLE_TABLE_HPP
#define ASSENT_CORE_HANDLE_TABLE_HPP

#include <assent/config.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <type_traits>
#include <utility>

namespace assent::inline ASSENT_ABI {

/// Names an element of a handle_table. Opaque and never an address; its integer value may be handed through
/// an interface that only knows pointers or integers, and comes back unchecked.
enum class handle : std::uintptr_t { none = 0 };

/// Keeps objects for somebody who only holds a handle, and who may use it twice, too late, or make one up.
///
/// A handle is the index of a slot and the generation of its use. Taking an element ends the generation, so
/// an old handle stays invalid when its slot is used again. A slot whose generations are used up is retired:
/// 12 bytes and a T stay behind after 2^32 uses of it (4095 uses where pointers have 32 bits), instead of an
/// old handle that means something new.
/// Handles of different tables are not told apart: use one table for what one interface hands out.
///
/// Threads  every member may be called from any thread. The lock is held for an instant, never while a
///          member of T runs, but for the copy that get() makes.
template <class T, unsigned IndexBits = (std::numeric_limits<std::uintptr_t>::digits > 32 ? 32 : 20),
          unsigned GenerationBits = (std::numeric_limits<std::uintptr_t>::digits > 32 ? 32 : 12)>
class handle_table {
    static_assert(
        std::is_nothrow_move_constructible_v<T> && std::is_nothrow_destructible_v<T>,
        "assent: handle_table [element]: must be nothrow movable, or a failure could lose it on the way");
    static_assert(IndexBits > 0 && IndexBits <= 32 && GenerationBits > 0 && GenerationBits <= 32 &&
                      IndexBits + GenerationBits <= std::numeric_limits<std::uintptr_t>::digits,
                  "assent: handle_table [bits]: index and generation must fit a pointer-sized integer");

public:
    handle_table() noexcept = default;
    handle_table(const handle_table&) = delete;
    handle_table& operator=(const handle_table&) = delete;
    /// Destroys what was not taken, in the order of the slots.
    ~handle_table() {
        for (std::uint32_t i = 0; i < made_; ++i)
            if (slot& s = at(i); s.is == state::full) std::destroy_at(&s.value);
    }

    /// A handle of its own for `value`.
    /// Errors  none: no memory or no slot left; `value` is untouched then.
    handle insert(T&& value) noexcept {
        const handle made = reserve();
        if (made != handle::none) put(made, std::move(value));
        return made;
    }

    /// The first half of insert(), for those who have to give the handle away before they have the value.
    /// Until put(), the handle is invalid to everybody else. Ends with put() or cancel().
    /// Errors  none: no memory or no slot left.
    handle reserve() noexcept {
        const std::lock_guard guard(lock_);
        if (free_ == no_slot && !grow()) return handle::none;
        const std::uint32_t index = free_;
        slot& s = at(index);
        free_ = s.next;
        s.is = state::reserved;
        return name(index, s.generation);
    }

    /// The second half. False: `to` is no reserved handle; `value` is untouched.
    bool put(handle to, T&& value) noexcept {
        slot* const s = claim(to, state::reserved);
        if (s == nullptr) return false;
        std::construct_at(&s->value, std::move(value));
        const std::lock_guard guard(lock_);
        s->is = state::full;
        ++size_;
        return true;
    }

    /// Gives a reserved handle back. False: `unused` is no reserved handle.
    bool cancel(handle unused) noexcept {
        const std::lock_guard guard(lock_);
        slot* const s = find(unused, state::reserved);
        if (s == nullptr) return false;
        recycle(*s, index_of(unused));
        return true;
    }

    /// Moves the element out and ends its handle. Nothing: the handle was never given out, its element was
    /// taken before, or is not there yet. Of several threads that take the same handle one gets the element.
    std::optional<T> take(handle which) noexcept {
        std::optional<T> taken;
        if (slot* const s = claim(which, state::full)) {
            taken.emplace(std::move(s->value));
            std::destroy_at(&s->value);
            const std::lock_guard guard(lock_);
            recycle(*s, index_of(which));
        }
        return taken;
    }

    /// A copy of the element, which stays. Nothing: as with take().
    std::optional<T> get(handle which) const noexcept requires std::is_nothrow_copy_constructible_v<T> {
        const std::lock_guard guard(lock_);
        const slot* const s = find(which, state::full);
        return s == nullptr ? std::nullopt : std::optional<T>(s->value);
    }

    bool contains(handle which) const noexcept {
        const std::lock_guard guard(lock_);
        return find(which, state::full) != nullptr;
    }

    /// Number of elements.
    std::size_t size() const noexcept {
        const std::lock_guard guard(lock_);
        return size_;
    }

    /// Number of slots that exist, used or not. It never shrinks and is what the table's memory amounts to.
    std::size_t capacity() const noexcept {
        const std::lock_guard guard(lock_);
        return made_;
    }

    /// Calls f(handle, const T&) for every element there is at one instant, in the order of the slots.
    /// Threads  the lock is held meanwhile: f copies what it is after and calls nothing that may wait, nor
    ///          this table.
    template <class F> void for_each(F f) const {
        const std::lock_guard guard(lock_);
        for (std::uint32_t i = 0; i < made_; ++i)
            if (const slot& s = at(i); s.is == state::full) f(name(i, s.generation), std::as_const(s.value));
    }

private:
    /// busy: its element is being moved in or out by the one thread that made it busy, without the lock.
    enum class state : unsigned char { free, reserved, busy, full, retired };

    struct slot {
        slot() noexcept {} // NOLINT(modernize-use-equals-default): the value begins later
        slot(const slot&) = delete;
        slot& operator=(const slot&) = delete;
        ~slot() {}
        std::uint32_t generation = 1; // never 0, so no handle is 0
        std::uint32_t next = 0;       // free slots only
        state is = state::free;
        union {
            T value;
        };
    };

    static constexpr std::uint32_t no_slot = std::numeric_limits<std::uint32_t>::max();
    static constexpr std::uint32_t last_generation =
        static_cast<std::uint32_t>((std::uint64_t{1} << GenerationBits) - 1);
    static constexpr std::uint64_t most_slots = (std::uint64_t{1} << IndexBits) - 1;
    // Slots come in chunks, each twice the one before: they never move, so an element can be moved in and
    // out without the lock.
    static constexpr unsigned first_chunk_bits = 4;

    static handle name(std::uint32_t index, std::uint32_t generation) noexcept {
        return static_cast<handle>(std::uintptr_t{generation} << IndexBits | index);
    }
    static std::uint32_t index_of(handle h) noexcept {
        return static_cast<std::uint32_t>(static_cast<std::uintptr_t>(h) &
                                          static_cast<std::uintptr_t>(most_slots));
    }

    static unsigned chunk_of(std::uint64_t index) noexcept {
        return static_cast<unsigned>(std::bit_width(index + (1U << first_chunk_bits))) - 1 - first_chunk_bits;
    }
    slot& at(std::uint64_t index) const noexcept {
        const unsigned chunk = chunk_of(index);
        const std::uint64_t first = ((std::uint64_t{1} << chunk) - 1) << first_chunk_bits;
        return chunks_[chunk][static_cast<std::size_t>(index - first)];
    }

    slot* find(handle h, state wanted) const noexcept {
        const std::uint32_t index = index_of(h);
        if (index >= made_) return nullptr;
        slot& s = at(index);
        return s.is == wanted && name(index, s.generation) == h ? &s : nullptr;
    }

    slot* claim(handle h, state wanted) noexcept {
        const std::lock_guard guard(lock_);
        slot* const s = find(h, wanted);
        if (s == nullptr) return nullptr;
        if (wanted == state::full) --size_;
        s->is = state::busy;
        return s;
    }

    void recycle(slot& s, std::uint32_t index) noexcept {
        if (s.generation == last_generation) {
            s.is = state::retired;
            return;
        }
        ++s.generation;
        s.is = state::free;
        s.next = free_;
        free_ = index;
    }

    bool grow() noexcept {
        if (made_ >= most_slots) return false;
        const unsigned chunk = chunk_of(made_);
        const std::uint64_t count = std::uint64_t{1} << (chunk + first_chunk_bits);
        if (count > std::numeric_limits<std::size_t>::max() / sizeof(slot)) return false;
        chunks_[chunk].reset(new (std::nothrow) slot[static_cast<std::size_t>(count)]);
        if (chunks_[chunk] == nullptr) return false;
        const std::uint64_t end = made_ + count < most_slots ? made_ + count : most_slots;
        for (std::uint64_t i = end; i-- > made_;) {
            at(i).next = free_;
            free_ = static_cast<std::uint32_t>(i);
        }
        made_ = static_cast<std::uint32_t>(end);
        return true;
    }

    mutable std::mutex lock_;
    std::unique_ptr<slot[]> chunks_[33 - first_chunk_bits];
    std::uint32_t free_ = no_slot;
    std::uint32_t made_ = 0;
    std::size_t size_ = 0;
};

} // namespace assent::inline ASSENT_ABI

#endif
