// SPDX-License-Identifier: BSL-1.0
#include <assent/windows/primitives/clock.hpp>
#include <assent/windows/primitives/event.hpp>
#include <assent/windows/primitives/irql.hpp>
#include <assent/windows/primitives/mutex.hpp>
#include <assent/windows/primitives/remove_lock.hpp>
#include <assent/windows/primitives/resource.hpp>
#include <assent/windows/primitives/rundown.hpp>
#include <assent/windows/primitives/safe_strings.hpp>
#include <assent/windows/primitives/thread.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <string>
#include <thread>

namespace {

struct bug_checked {
    ULONG code;
};

// Bug checks become exceptions while one of these lives.
struct bug_checks_throw {
    bug_checks_throw() {
        assent::windows::set_bug_check_handler(
            [](const assent::windows::bug_check_report& report) { throw bug_checked{report.code}; });
    }
    ~bug_checks_throw() { assent::windows::set_bug_check_handler(nullptr); }
    bug_checks_throw(const bug_checks_throw&) = delete;
    bug_checks_throw& operator=(const bug_checks_throw&) = delete;
};

LARGE_INTEGER no_time{};

NTSTATUS wait_for(PVOID object, bool at_once = false) {
    return KeWaitForSingleObject(object, Executive, KernelMode, FALSE, at_once ? &no_time : nullptr);
}

template <class Body> void on_another_thread(Body body) { std::thread(body).join(); }

// What the other thread of a test does until the condition holds; the other side makes it hold.
template <class Condition> void until(Condition holds) {
    while (!holds()) std::this_thread::yield();
}

} // namespace

TEST_CASE("a mutex is its owner's, as often as it likes, and nobody else's until the last release") {
    KMUTEX mutex;
    KeInitializeMutex(&mutex, 0);
    CHECK(KeReadStateMutex(&mutex) == 1);
    CHECK(wait_for(&mutex) == STATUS_SUCCESS);
    CHECK(wait_for(&mutex) == STATUS_SUCCESS);
    CHECK(KeAreApcsDisabled() == TRUE);
    on_another_thread([&] { CHECK(wait_for(&mutex, true) == STATUS_TIMEOUT); });
    CHECK(KeReleaseMutex(&mutex, FALSE) == -1);
    on_another_thread([&] { CHECK(wait_for(&mutex, true) == STATUS_TIMEOUT); });
    CHECK(KeReleaseMutex(&mutex, FALSE) == 0);
    CHECK(KeAreApcsDisabled() == FALSE);
    on_another_thread([&] {
        CHECK(wait_for(&mutex, true) == STATUS_SUCCESS);
        CHECK(KeReleaseMutex(&mutex, FALSE) == 0);
    });
    const bug_checks_throw seen;
    CHECK_THROWS_AS(KeReleaseMutex(&mutex, FALSE), bug_checked);
}

TEST_CASE("a mutex counts what threads do under it one after the other") {
    KMUTEX mutex;
    KeInitializeMutex(&mutex, 0);
    int count = 0;
    std::thread threads[4];
    for (auto& t : threads)
        t = std::thread([&] {
            for (int i = 0; i < 500; ++i) {
                wait_for(&mutex);
                ++count;
                KeReleaseMutex(&mutex, FALSE);
            }
        });
    for (auto& t : threads) t.join();
    CHECK(count == 2000);
}

TEST_CASE("a semaphore lets in as many as it counts, and no more than its limit") {
    KSEMAPHORE semaphore;
    KeInitializeSemaphore(&semaphore, 1, 2);
    CHECK(wait_for(&semaphore, true) == STATUS_SUCCESS);
    CHECK(wait_for(&semaphore, true) == STATUS_TIMEOUT);
    CHECK(KeReleaseSemaphore(&semaphore, 0, 2, FALSE) == 0);
    CHECK(KeReadStateSemaphore(&semaphore) == 2);
    const bug_checks_throw seen;
    CHECK_THROWS_AS(KeReleaseSemaphore(&semaphore, 0, 1, FALSE), bug_checked);
    CHECK(KeReadStateSemaphore(&semaphore) == 2);
}

TEST_CASE("waiting for any takes the first that is signalled, waiting for all takes all or nothing") {
    KEVENT one;
    KSEMAPHORE two;
    KMUTEX three;
    KeInitializeEvent(&one, SynchronizationEvent, FALSE);
    KeInitializeSemaphore(&two, 1, 1);
    KeInitializeMutex(&three, 0);
    PVOID objects[] = {&one, &two, &three};
    const auto wait = [&](WAIT_TYPE type, PLARGE_INTEGER time) {
        return KeWaitForMultipleObjects(3, objects, type, Executive, KernelMode, FALSE, time, nullptr);
    };
    CHECK(wait(WaitAll, &no_time) == STATUS_TIMEOUT);
    CHECK(KeReadStateSemaphore(&two) == 1);
    CHECK(KeReadStateMutex(&three) == 1);
    CHECK(wait(WaitAny, &no_time) == 1);
    CHECK(KeReadStateSemaphore(&two) == 0);
    std::thread other([&] {
        KeSetEvent(&one, 0, FALSE);
        KeReleaseSemaphore(&two, 0, 1, FALSE);
    });
    CHECK(wait(WaitAll, nullptr) == STATUS_SUCCESS);
    other.join();
    CHECK(KeReadStateEvent(&one) == 0);
    CHECK(KeReadStateSemaphore(&two) == 0);
    CHECK(KeReadStateMutex(&three) == 0);
    KeReleaseMutex(&three, FALSE);
}

TEST_CASE("no signal is missed by those who wait for several objects") {
    KEVENT here, there;
    KeInitializeEvent(&here, SynchronizationEvent, FALSE);
    KeInitializeEvent(&there, SynchronizationEvent, FALSE);
    std::thread other([&] {
        for (int i = 0; i < 2000; ++i) {
            PVOID objects[] = {&there};
            KeWaitForMultipleObjects(1, objects, WaitAll, Executive, KernelMode, FALSE, nullptr, nullptr);
            KeSetEvent(&here, 0, FALSE);
        }
    });
    for (int i = 0; i < 2000; ++i) {
        KEVENT never;
        KeInitializeEvent(&never, NotificationEvent, FALSE);
        PVOID objects[] = {&never, &here};
        KeSetEvent(&there, 0, FALSE);
        CHECK(KeWaitForMultipleObjects(2, objects, WaitAny, Executive, KernelMode, FALSE, nullptr, nullptr) ==
              1);
    }
    other.join();
}

TEST_CASE("a guarded mutex keeps others out and disables every APC") {
    KGUARDED_MUTEX mutex;
    KeInitializeGuardedMutex(&mutex);
    KeAcquireGuardedMutex(&mutex);
    CHECK(KeAreAllApcsDisabled() == TRUE);
    on_another_thread([&] { CHECK(KeTryToAcquireGuardedMutex(&mutex) == FALSE); });
    KeReleaseGuardedMutex(&mutex);
    CHECK(KeAreAllApcsDisabled() == FALSE);
    CHECK(KeTryToAcquireGuardedMutex(&mutex) == TRUE);
    KeReleaseGuardedMutex(&mutex);
}

TEST_CASE("a resource is shared by many or one thread's own, and may be taken again") {
    ERESOURCE resource;
    REQUIRE(ExInitializeResourceLite(&resource) == STATUS_SUCCESS);
    CHECK(ExAcquireResourceSharedLite(&resource, TRUE) == TRUE);
    CHECK(ExAcquireResourceSharedLite(&resource, TRUE) == TRUE);
    CHECK(ExIsResourceAcquiredSharedLite(&resource) == 2);
    CHECK(ExIsResourceAcquiredExclusiveLite(&resource) == FALSE);
    on_another_thread([&] {
        CHECK(ExAcquireResourceExclusiveLite(&resource, FALSE) == FALSE);
        CHECK(ExAcquireResourceSharedLite(&resource, FALSE) == TRUE);
        ExReleaseResourceLite(&resource);
        const bug_checks_throw seen;
        CHECK_THROWS_AS(ExReleaseResourceLite(&resource), bug_checked);
    });
    ExReleaseResourceLite(&resource);
    ExReleaseResourceLite(&resource);
    CHECK(ExAcquireResourceExclusiveLite(&resource, TRUE) == TRUE);
    CHECK(ExAcquireResourceSharedLite(&resource, TRUE) == TRUE); // its own already
    CHECK(ExIsResourceAcquiredExclusiveLite(&resource) == TRUE);
    on_another_thread([&] { CHECK(ExAcquireResourceSharedLite(&resource, FALSE) == FALSE); });
    ExReleaseResourceLite(&resource);
    ExConvertExclusiveToSharedLite(&resource);
    on_another_thread([&] {
        CHECK(ExAcquireResourceSharedLite(&resource, FALSE) == TRUE);
        ExReleaseResourceLite(&resource);
    });
    ExReleaseResourceLite(&resource);
    CHECK(ExDeleteResourceLite(&resource) == STATUS_SUCCESS);
}

TEST_CASE(
    "a writer that waits goes before new readers, unless they starve it, and not before its readers' own") {
    ERESOURCE resource;
    REQUIRE(ExInitializeResourceLite(&resource) == STATUS_SUCCESS);
    REQUIRE(ExAcquireResourceSharedLite(&resource, TRUE) == TRUE);
    std::thread writer([&] {
        CHECK(ExAcquireResourceExclusiveLite(&resource, TRUE) == TRUE);
        ExReleaseResourceLite(&resource);
    });
    until([&] { return ExGetExclusiveWaiterCount(&resource) == 1; });
    on_another_thread([&] {
        CHECK(ExAcquireResourceSharedLite(&resource, FALSE) == FALSE);
        CHECK(ExAcquireSharedWaitForExclusive(&resource, FALSE) == FALSE);
        CHECK(ExAcquireSharedStarveExclusive(&resource, FALSE) == TRUE);
        ExReleaseResourceLite(&resource);
    });
    CHECK(ExAcquireResourceSharedLite(&resource, TRUE) == TRUE);
    CHECK(ExAcquireSharedWaitForExclusive(&resource, FALSE) == FALSE);
    ExReleaseResourceLite(&resource);
    ExReleaseResourceLite(&resource);
    writer.join();
    ExDeleteResourceLite(&resource);
}

TEST_CASE("a remove lock is waited for until the last holder gives it up, and given to nobody afterwards") {
    IO_REMOVE_LOCK lock;
    IoInitializeRemoveLock(&lock, 0, 1, 5);
    int holder = 0;
    CHECK(IoAcquireRemoveLock(&lock, &holder) == STATUS_SUCCESS);
    std::atomic<bool> gone{false};
    std::thread remover([&] {
        CHECK(IoAcquireRemoveLock(&lock, &lock) == STATUS_SUCCESS);
        IoReleaseRemoveLockAndWait(&lock, &lock);
        gone = true;
    });
    until([&] { return __atomic_load_n(&lock.Common.Removed, __ATOMIC_SEQ_CST) != FALSE; });
    CHECK(IoAcquireRemoveLock(&lock, &remover) == STATUS_DELETE_PENDING);
    CHECK(!gone);
    IoReleaseRemoveLock(&lock, &holder);
    remover.join();
    CHECK(gone);
}

TEST_CASE(
    "a system thread is waited for through its object, however it ends and whatever was closed before") {
    static std::atomic<int> ended{0};
    const auto wait_for_thread = [](PKSTART_ROUTINE routine, PVOID context) {
        HANDLE handle = nullptr;
        PVOID object = nullptr;
        REQUIRE(PsCreateSystemThread(&handle, THREAD_ALL_ACCESS, nullptr, nullptr, nullptr, routine,
                                     context) == STATUS_SUCCESS);
        CHECK(ObReferenceObjectByHandle(handle, 0, nullptr, KernelMode, &object, nullptr) == STATUS_SUCCESS);
        CHECK(ZwClose(handle) == STATUS_SUCCESS);
        CHECK(ZwClose(handle) == STATUS_INVALID_HANDLE);
        CHECK(wait_for(object) == STATUS_SUCCESS);
        auto& threads = assent::windows::detail::the_threads();
        CHECK(threads.count(object, -1) <= 0);
        until([&] { return threads.count(object, 0) == -1; }); // nothing is left of it
    };
    wait_for_thread([](PVOID) { ++ended; }, nullptr);
    wait_for_thread(
        [](PVOID counter) {
            struct unwound {
                std::atomic<int>& count;
                ~unwound() { ++count; }
            } const guard{*static_cast<std::atomic<int>*>(counter)};
            ++ended;
            PsTerminateSystemThread(STATUS_SUCCESS);
            ended = 100;
        },
        &ended);
#if defined(_WIN32)
    CHECK(ended == 2); // ending a thread does not unwind it, as in the kernel
#else
    until([] { return ended >= 3; }); // the object is signalled before the stack is unwound
    CHECK(ended == 3);
#endif
    CHECK(PsTerminateSystemThread(STATUS_SUCCESS) == STATUS_INVALID_PARAMETER); // not one of its threads
}

TEST_CASE("bounded strings are cut short, terminated, and say so") {
    char narrow[6] = "";
    CHECK(RtlStringCbCopyA(narrow, sizeof narrow, "abc") == STATUS_SUCCESS);
    CHECK(RtlStringCbCatA(narrow, sizeof narrow, "defg") == STATUS_BUFFER_OVERFLOW);
    CHECK(std::string(narrow) == "abcde");
    CHECK(RtlStringCchPrintfA(narrow, 6, "%d-%s", 42, "xyz") == STATUS_BUFFER_OVERFLOW);
    CHECK(std::string(narrow) == "42-xy");
    SIZE_T length = 0;
    CHECK(RtlStringCbLengthA(narrow, sizeof narrow, &length) == STATUS_SUCCESS);
    CHECK(length == 5);
    CHECK(RtlStringCbLengthA("abcdef", 6, &length) == STATUS_INVALID_PARAMETER);
    CHECK(RtlStringCbCopyA(narrow, 0, "a") == STATUS_INVALID_PARAMETER);
    CHECK(RtlStringCbCopyNA(narrow, sizeof narrow, "abcdef", 2) == STATUS_SUCCESS);
    CHECK(std::string(narrow) == "ab");

    WCHAR wide[8];
    const WCHAR format[] = {'%', 's', '|', '%', 'S', '|', '%', 'l', 'u', 0};
    const WCHAR text[] = {'w', 0xE9, 0};
    CHECK(RtlStringCbPrintfW(wide, sizeof wide, format, text, "n", ULONG{7}) == STATUS_SUCCESS);
    CHECK(assent::windows::to_utf8(wide, assent::windows::wide_length(wide)) == "w\xC3\xA9|n|7");
    CHECK(RtlStringCbLengthW(wide, sizeof wide, &length) == STATUS_SUCCESS);
    CHECK(length == 6 * sizeof(WCHAR));

    WCHAR room[4];
    UNICODE_STRING counted{0, sizeof room, room};
    CHECK(RtlUnicodeStringCopyString(&counted, text) == STATUS_SUCCESS);
    CHECK(RtlUnicodeStringCatString(&counted, format) == STATUS_BUFFER_OVERFLOW);
    CHECK(counted.Length == sizeof room);
}

TEST_CASE("integers and counted strings turn into each other") {
    WCHAR room[16];
    UNICODE_STRING text{0, sizeof room, room};
    ULONG value = 0;
    CHECK(RtlIntegerToUnicodeString(48879, 16, &text) == STATUS_SUCCESS);
    CHECK(assent::windows::to_utf8(text.Buffer, text.Length / sizeof(WCHAR)) == "BEEF");
    CHECK(RtlUnicodeStringToInteger(&text, 16, &value) == STATUS_SUCCESS);
    CHECK(value == 48879);
    CHECK(RtlStringCbPrintfA(nullptr, 1, "") == STATUS_INVALID_PARAMETER);
    CHECK(RtlUnicodeStringToInteger(&text, 3, &value) == STATUS_INVALID_PARAMETER);
    text.MaximumLength = 2 * sizeof(WCHAR);
    CHECK(RtlIntegerToUnicodeString(100, 10, &text) == STATUS_BUFFER_OVERFLOW);
}

TEST_CASE("a time of day is what the calendar says") {
    LARGE_INTEGER time;
    time.QuadPart = 125'911'584'000'000'000LL + 3'661'5'000'000LL; // 1 January 2000, 01:01:01.5
    TIME_FIELDS fields;
    RtlTimeToTimeFields(&time, &fields);
    CHECK(fields.Year == 2000);
    CHECK(fields.Month == 1);
    CHECK(fields.Day == 1);
    CHECK(fields.Weekday == 6);
    CHECK(fields.Hour == 1);
    CHECK(fields.Minute == 1);
    CHECK(fields.Second == 1);
    CHECK(fields.Milliseconds == 500);
    LARGE_INTEGER now;
    KeQuerySystemTime(&now);
    CHECK(now.QuadPart > time.QuadPart);
}

TEST_CASE(
    "run-down protection lets users in until its owner waits, and the owner on when the last has left") {
    static EX_RUNDOWN_REF guarded; // as drivers have it: zero is as good as initialised
    CHECK(ExAcquireRundownProtection(&guarded) == TRUE);
    CHECK(ExAcquireRundownProtectionEx(&guarded, 2) == TRUE);
    std::atomic<bool> over{false};
    std::thread owner([&] {
        ExWaitForRundownProtectionRelease(&guarded);
        over = true;
    });
    until([] { // whoever is let in before the owner came leaves again
        if (ExAcquireRundownProtection(&guarded) == FALSE) return true;
        ExReleaseRundownProtection(&guarded);
        return false;
    });
    CHECK(!over);
    ExReleaseRundownProtectionEx(&guarded, 2);
    CHECK(!over);
    ExReleaseRundownProtection(&guarded);
    owner.join();
    CHECK(over);
    CHECK(ExAcquireRundownProtection(&guarded) == FALSE);
    ExWaitForRundownProtectionRelease(&guarded); // once more: nobody is inside
    ExReInitializeRundownProtection(&guarded);
    CHECK(ExAcquireRundownProtection(&guarded) == TRUE);
    ExReleaseRundownProtection(&guarded);
    ExRundownCompleted(&guarded);
    CHECK(ExAcquireRundownProtection(&guarded) == FALSE);
}

TEST_CASE("releasing run-down protection more often than it was acquired is a bug check") {
    const bug_checks_throw handler;
    EX_RUNDOWN_REF guarded;
    ExInitializeRundownProtection(&guarded);
    CHECK_THROWS_AS(ExReleaseRundownProtection(&guarded), bug_checked);
    CHECK(ExAcquireRundownProtection(&guarded) == TRUE);
    CHECK_THROWS_AS(ExReleaseRundownProtectionEx(&guarded, 2), bug_checked);
    ExReleaseRundownProtection(&guarded);
}

TEST_CASE("a resource is taken and given back together with the critical region") {
    ERESOURCE resource;
    REQUIRE(ExInitializeResourceLite(&resource) == STATUS_SUCCESS);
    ExEnterCriticalRegionAndAcquireResourceExclusive(&resource);
    CHECK(KeAreApcsDisabled() == TRUE);
    CHECK(ExIsResourceAcquiredExclusiveLite(&resource) == TRUE);
    ExReleaseResourceAndLeaveCriticalRegion(&resource);
    CHECK(KeAreApcsDisabled() == FALSE);
    CHECK(ExIsResourceAcquiredSharedLite(&resource) == 0);
    ExEnterCriticalRegionAndAcquireResourceShared(&resource);
    CHECK(ExIsResourceAcquiredExclusiveLite(&resource) == FALSE);
    CHECK(ExIsResourceAcquiredSharedLite(&resource) == 1);
    ExReleaseResourceAndLeaveCriticalRegion(&resource);
    CHECK(KeAreApcsDisabled() == FALSE);
    ExDeleteResourceLite(&resource);
}
