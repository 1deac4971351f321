// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_PRIMITIVES_POOL_LEDGER_HPP
#define ASSENT_WINDOWS_PRIMITIVES_POOL_LEDGER_HPP

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <new>

#include "../ddk/assent_ddk/pool.h"
#include "bug_check.hpp"

/// What stands behind ExAllocatePool: operator new, with a ledger of what is outstanding, by tag.
namespace assent::windows::pool {

namespace detail {

// A cache line before each block, so that every block is aligned to one; chained, so that keeping the ledger
// needs no memory of its own and an injected failure is the only kind of failure a test sees.
struct alignas(64) block {
    block* next;
    block* previous;
    std::size_t size;
    std::uint64_t mark;
    ULONG tag;
};

inline constexpr std::uint64_t live_mark = 0x6c6f6f7074736e61U;

struct ledger {
    std::mutex lock;
    block* newest = nullptr;
    std::size_t successes_left = static_cast<std::size_t>(-1);
    std::size_t failures_left = 0;
};

inline ledger& the_ledger() {
    static ledger* const only = new ledger; // never destroyed: drivers may free from static destructors
    return *only;
}

inline bool may_succeed(ledger& books) {
    if (books.successes_left == static_cast<std::size_t>(-1)) return true;
    if (books.successes_left > 0) {
        --books.successes_left;
        return true;
    }
    if (books.failures_left > 0 && --books.failures_left == 0)
        books.successes_left = static_cast<std::size_t>(-1);
    return false;
}

} // namespace detail

/// The next `successes` allocations succeed, then `failures` fail, then all succeed again. Process-wide.
inline void fail_after(std::size_t successes, std::size_t failures = static_cast<std::size_t>(-1)) {
    auto& books = detail::the_ledger();
    const std::lock_guard guard{books.lock};
    books.successes_left = failures == 0 ? static_cast<std::size_t>(-1) : successes;
    books.failures_left = failures;
}

/// Ends an injected failure.
inline void never_fail() { fail_after(0, 0); }

/// Number of blocks not freed yet.
inline std::size_t outstanding() {
    auto& books = detail::the_ledger();
    const std::lock_guard guard{books.lock};
    std::size_t count = 0;
    for (const detail::block* each = books.newest; each != nullptr; each = each->next) ++count;
    return count;
}

/// Number of blocks of this tag not freed yet: what a driver leaks, once it is unloaded.
inline std::size_t outstanding(ULONG tag) {
    auto& books = detail::the_ledger();
    const std::lock_guard guard{books.lock};
    std::size_t count = 0;
    for (const detail::block* each = books.newest; each != nullptr; each = each->next)
        count += each->tag == tag;
    return count;
}

/// Null when memory is short or a failure is injected.
inline void* allocate(std::size_t size, ULONG tag) noexcept {
    if (size > static_cast<std::size_t>(-1) / 2) return nullptr;
    auto& books = detail::the_ledger();
    const std::lock_guard guard{books.lock};
    if (!detail::may_succeed(books)) return nullptr;
    void* const memory =
        ::operator new (sizeof(detail::block) + size, std::align_val_t{alignof(detail::block)}, std::nothrow);
    if (memory == nullptr) return nullptr;
    auto* const made = ::new (memory) detail::block{books.newest, nullptr, size, detail::live_mark, tag};
    if (books.newest != nullptr) books.newest->previous = made;
    books.newest = made;
    return made + 1;
}

namespace detail {

struct fault {
    ULONG_PTR kind;
    const char* text;
};

// Who is told of each block before it is freed.
inline std::atomic<void (*)(const void*, std::size_t)> release_watcher{nullptr};

// Takes the block out of the ledger, or says why not.
inline fault strike(block& freed, ULONG tag) noexcept {
    auto& books = the_ledger();
    const std::lock_guard guard{books.lock};
    if (freed.mark != live_mark) return {0x07, "pool: freed twice, or never allocated"};
    if (tag != 0 && freed.tag != tag)
        return {0x0A, "pool: freed with another tag than it was allocated with"};
    freed.mark = 0;
    (freed.previous != nullptr ? freed.previous->next : books.newest) = freed.next;
    if (freed.next != nullptr) freed.next->previous = freed.previous;
    return {0, nullptr};
}

} // namespace detail

/// From now on the function is called with each block that a driver is about to free; null: no more.
inline void watch_releases(void (*watcher)(const void* memory, std::size_t size)) noexcept {
    // release: pairs with the load in release(), so that what the watcher relies on is there.
    detail::release_watcher.store(watcher, std::memory_order_release);
}

/// Tag zero matches every tag, as ExFreePool does. A pointer that is not live is a bug check.
inline void release(void* pointer, ULONG tag) {
    auto* const freed = static_cast<detail::block*>(pointer) - (pointer != nullptr ? 1 : 0);
    const detail::fault found =
        freed != nullptr ? detail::strike(*freed, tag) : detail::fault{0x46, "pool: freeing a null pointer"};
    if (found.text != nullptr) {
        bug_check({bug_check_codes::bad_pool_caller,
                   {found.kind, reinterpret_cast<ULONG_PTR>(pointer), tag, 0},
                   found.text});
    }
    if (const auto watcher = detail::release_watcher.load(std::memory_order_acquire))
        watcher(pointer, freed->size);
    ::operator delete (static_cast<void*>(freed), std::align_val_t{alignof(detail::block)});
}

} // namespace assent::windows::pool

#endif
