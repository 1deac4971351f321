// SPDX-License-Identifier: BSL-1.0
// Defines executive resources. For exactly one translation unit of a program.
#ifndef ASSENT_WINDOWS_PRIMITIVES_RESOURCE_HPP
#define ASSENT_WINDOWS_PRIMITIVES_RESOURCE_HPP

#include <condition_variable>
#include <map>
#include <mutex>
#include <new>

#include "../ddk/assent_ddk/resource.h"
#include "../ddk/assent_ddk/status.h"
#include "bug_check.hpp"
#include "irql.hpp"
#include "waiting.hpp"

namespace assent::windows::detail {

// What stands behind a resource, in its OwnerTable; the counts that drivers may read stay in the structure. Owned by
// the structure: one that is not deleted before its memory is freed shows as a leak.
struct resource_state {
    std::mutex lock;
    std::condition_variable changed;
    ERESOURCE_THREAD exclusive = 0;           ///< who has it for itself
    LONG depth = 0;                           ///< how many times
    std::map<ERESOURCE_THREAD, ULONG> shared; ///< who shares it, and how many times
};

inline resource_state& state_of(PERESOURCE resource) noexcept {
    return *reinterpret_cast<resource_state*>(resource->OwnerTable);
}

inline ERESOURCE_THREAD resource_thread() noexcept {
    return reinterpret_cast<ERESOURCE_THREAD>(this_thread());
}

// Under the lock. An exclusive owner may have it in either way again.
inline bool free_for_exclusive(const resource_state& s, ERESOURCE_THREAD me) {
    return s.exclusive == me || (s.exclusive == 0 && s.shared.empty());
}

enum class readers { behind_writers, before_writers, strictly_behind_writers };

inline bool free_for_sharing(const ERESOURCE& r, const resource_state& s, ERESOURCE_THREAD me,
                             readers order) {
    if (s.exclusive != 0) return s.exclusive == me;
    if (r.NumberOfExclusiveWaiters == 0 || order == readers::before_writers) return true;
    return order == readers::behind_writers && s.shared.count(me) != 0; // else it would wait for itself
}

inline void mirror(PERESOURCE r, const resource_state& s) noexcept {
    r->ActiveCount = static_cast<SHORT>(s.exclusive != 0 ? s.depth : static_cast<LONG>(s.shared.size()));
    r->ActiveEntries = s.exclusive != 0 ? 1 : static_cast<ULONG>(s.shared.size());
    r->Flag = static_cast<USHORT>(s.exclusive != 0 ? ResourceOwnedExclusive : 0);
    r->OwnerEntry.OwnerThread = s.exclusive;
}

template <class Free>
bool wait_for_resource(PERESOURCE r, bool wait, ULONG& waiters, Free is_free,
                       std::unique_lock<std::mutex>& guard) {
    if (is_free()) return true;
    if (!wait) return false;
    ++r->ContentionCount;
    ++waiters;
    state_of(r).changed.wait(guard, is_free);
    --waiters;
    return true;
}

inline bool share(PERESOURCE r, bool wait, readers order) {
    resource_state& s = state_of(r);
    const ERESOURCE_THREAD me = resource_thread();
    std::unique_lock guard(s.lock);
    if (!wait_for_resource(
            r, wait, r->NumberOfSharedWaiters, [&] { return free_for_sharing(*r, s, me, order); }, guard))
        return false;
    if (s.exclusive == me) {
        ++s.depth;
    } else {
        ++s.shared[me];
    }
    mirror(r, s);
    return true;
}

inline void release_resource(PERESOURCE r, ERESOURCE_THREAD owner) {
    resource_state& s = state_of(r);
    {
        const std::lock_guard guard(s.lock);
        const auto it = s.shared.find(owner);
        if (s.exclusive == owner) {
            if (--s.depth == 0) s.exclusive = 0;
        } else if (it != s.shared.end()) {
            if (--it->second == 0) s.shared.erase(it);
        } else {
            bug_check({bug_check_codes::resource_not_owned,
                       {reinterpret_cast<ULONG_PTR>(r), owner, 0, 0},
                       "a resource was released by a thread that does not own it"});
        }
        mirror(r, s);
    }
    s.changed.notify_all();
}

} // namespace assent::windows::detail

extern "C" {

NTSTATUS ExInitializeResourceLite(PERESOURCE resource) {
    *resource = ERESOURCE{};
    auto* const state = new (std::nothrow) assent::windows::detail::resource_state;
    resource->OwnerTable = reinterpret_cast<POWNER_ENTRY>(state);
    return state == nullptr ? STATUS_INSUFFICIENT_RESOURCES : STATUS_SUCCESS;
}

NTSTATUS ExDeleteResourceLite(PERESOURCE resource) {
    delete &assent::windows::detail::state_of(resource);
    resource->OwnerTable = nullptr;
    return STATUS_SUCCESS;
}

NTSTATUS ExReinitializeResourceLite(PERESOURCE resource) {
    static_cast<void>(ExDeleteResourceLite(resource));
    return ExInitializeResourceLite(resource);
}

BOOLEAN ExAcquireResourceExclusiveLite(PERESOURCE resource, BOOLEAN wait) {
    using namespace assent::windows::detail;
    resource_state& s = state_of(resource);
    const ERESOURCE_THREAD me = resource_thread();
    std::unique_lock guard(s.lock);
    if (s.shared.count(me) != 0 && wait != FALSE) {
        assent::windows::bug_check({assent::windows::bug_check_codes::driver_verifier_detected_violation,
                                    {reinterpret_cast<ULONG_PTR>(resource), 0, 0, 0},
                                    "a resource wanted exclusively by a thread that shares it: on Windows it "
                                    "waits for ever"});
    }
    if (!wait_for_resource(
            resource, wait != FALSE, resource->NumberOfExclusiveWaiters,
            [&] { return free_for_exclusive(s, me); }, guard))
        return FALSE;
    s.exclusive = me;
    ++s.depth;
    mirror(resource, s);
    return TRUE;
}

BOOLEAN ExAcquireResourceSharedLite(PERESOURCE resource, BOOLEAN wait) {
    using namespace assent::windows::detail;
    return share(resource, wait != FALSE, readers::behind_writers);
}

BOOLEAN ExAcquireSharedStarveExclusive(PERESOURCE resource, BOOLEAN wait) {
    using namespace assent::windows::detail;
    return share(resource, wait != FALSE, readers::before_writers);
}

BOOLEAN ExAcquireSharedWaitForExclusive(PERESOURCE resource, BOOLEAN wait) {
    using namespace assent::windows::detail;
    return share(resource, wait != FALSE, readers::strictly_behind_writers);
}

VOID ExConvertExclusiveToSharedLite(PERESOURCE resource) {
    using namespace assent::windows::detail;
    resource_state& s = state_of(resource);
    {
        const std::lock_guard guard(s.lock);
        s.shared[s.exclusive] = static_cast<ULONG>(s.depth);
        s.exclusive = 0;
        s.depth = 0;
        mirror(resource, s);
    }
    s.changed.notify_all();
}

VOID ExReleaseResourceLite(PERESOURCE resource) {
    using namespace assent::windows::detail;
    release_resource(resource, resource_thread());
}

VOID ExReleaseResourceForThreadLite(PERESOURCE resource, ERESOURCE_THREAD thread) {
    assent::windows::detail::release_resource(resource, thread);
}

BOOLEAN ExIsResourceAcquiredExclusiveLite(PERESOURCE resource) {
    using namespace assent::windows::detail;
    resource_state& s = state_of(resource);
    const std::lock_guard guard(s.lock);
    return s.exclusive == resource_thread();
}

/// How many times the calling thread has it, in either way.
ULONG ExIsResourceAcquiredSharedLite(PERESOURCE resource) {
    using namespace assent::windows::detail;
    resource_state& s = state_of(resource);
    const std::lock_guard guard(s.lock);
    if (s.exclusive == resource_thread()) return static_cast<ULONG>(s.depth);
    const auto it = s.shared.find(resource_thread());
    return it == s.shared.end() ? 0 : it->second;
}

ULONG ExGetExclusiveWaiterCount(PERESOURCE resource) {
    const std::lock_guard guard(assent::windows::detail::state_of(resource).lock);
    return resource->NumberOfExclusiveWaiters;
}

ULONG ExGetSharedWaiterCount(PERESOURCE resource) {
    const std::lock_guard guard(assent::windows::detail::state_of(resource).lock);
    return resource->NumberOfSharedWaiters;
}

/// @return nothing a driver uses
PVOID ExEnterCriticalRegionAndAcquireResourceExclusive(PERESOURCE resource) {
    KeEnterCriticalRegion();
    ExAcquireResourceExclusiveLite(resource, TRUE);
    return nullptr;
}
PVOID ExEnterCriticalRegionAndAcquireResourceShared(PERESOURCE resource) {
    KeEnterCriticalRegion();
    ExAcquireResourceSharedLite(resource, TRUE);
    return nullptr;
}
VOID ExReleaseResourceAndLeaveCriticalRegion(PERESOURCE resource) {
    ExReleaseResourceLite(resource);
    KeLeaveCriticalRegion();
}

} // extern "C"

#endif
