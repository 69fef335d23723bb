package io.kdb.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LauncherTest {
    @TempDir
    Path folder;

    private LauncherSandbox sandbox;

    @BeforeEach
    void prepare() throws IOException {
        sandbox = new LauncherSandbox(folder);
    }

    @Test
    void picksTheNewestOfAllPlaces() throws Exception {
        Path old = sandbox.jdk("old", "17.0.9");
        Path newest = sandbox.jdk("newest", "25.0.1");
        Path newer = sandbox.jdk("newer", "21.0.4");
        sandbox.usual(newer, newest, old);
        sandbox.environment.put("JAVA_HOME", old.toString());

        assertEquals(newest + "/bin/java", sandbox.run("server").output().get(0));
    }

    @Test
    void comparesVersionsByNumberNotByText() throws Exception {
        Path nine = sandbox.jdk("a", "21.0.9");
        Path eleven = sandbox.jdk("b", "21.0.11");
        sandbox.usual(eleven, nine);

        assertEquals(eleven + "/bin/java", sandbox.run("server").output().get(0));
    }

    @Test
    void takesKdbJavaHomeEvenIfOlder() throws Exception {
        Path chosen = sandbox.jdk("chosen", "17.0.1");
        sandbox.usual(sandbox.jdk("newest", "25"));
        sandbox.environment.put("KDB_JAVA_HOME", chosen.toString());

        assertEquals(chosen + "/bin/java", sandbox.run("server").output().get(0));
    }

    @Test
    void refusesKdbJavaHomeThatIsTooOld() throws Exception {
        Path eleven = sandbox.jdk("eleven", "11.0.2");
        sandbox.environment.put("KDB_JAVA_HOME", eleven.toString());

        LauncherSandbox.Run run = sandbox.run("server");

        assertEquals(1, run.status());
        assertEquals("kdb: KDB_JAVA_HOME: " + eleven + " (expected: the folder of a JDK 17 or newer)", run.text());
    }

    @Test
    void saysThatNoJdkIsThere() throws Exception {
        sandbox.usual(sandbox.jdk("eight", "1.8.0_392"), sandbox.jdk("eleven", "11.0.2"));

        LauncherSandbox.Run run = sandbox.run("server");

        assertEquals(1, run.status());
        assertTrue(run.text().startsWith("kdb: no JDK 17 or newer found"), run.text());
    }

    @Test
    void findsTheJdkOfALinkedJavaOnThePath() throws Exception {
        Path jdk = sandbox.jdk("linked", "22.0.1");
        sandbox.run("server");
        Files.createSymbolicLink(sandbox.root.resolve("bin").resolve("java"), jdk.resolve("bin/java"));

        assertEquals(jdk + "/bin/java", sandbox.run("server").output().get(0));
    }

    @Test
    void givesAJdkOnlyTheFlagsItKnows() throws Exception {
        String unsafe = "--sun-misc-unsafe-memory-access=allow";
        String nativeAccess = "--enable-native-access=ALL-UNNAMED";
        String compact = "-XX:+UseCompactObjectHeaders";

        assertEquals(List.of(), flagsOf("17.0.1", nativeAccess, unsafe, compact));
        assertEquals(List.of(), flagsOf("21.0.1", nativeAccess, unsafe, compact));
        assertEquals(List.of(nativeAccess), flagsOf("22.0.1", nativeAccess, unsafe, compact));
        assertEquals(List.of(nativeAccess, unsafe), flagsOf("24", nativeAccess, unsafe, compact));
        assertEquals(List.of(nativeAccess, unsafe, compact), flagsOf("25.0.1", nativeAccess, unsafe, compact));
        assertEquals(List.of(nativeAccess, unsafe, compact), flagsOf("26-ea", nativeAccess, unsafe, compact));
    }

    @Test
    void addsJvmOptsAfterItsOwnFlags() throws Exception {
        sandbox.usual(sandbox.jdk("jdk", "21"));
        sandbox.environment.put("KDB_JVM_OPTS", "-Xmx1g -Dx=1");

        List<String> words = sandbox.run("server", "--port", "1", "an argument").output();

        assertTrue(words.indexOf("-Xmx1g") > words.indexOf("-Xms24m"), words.toString());
        assertTrue(words.indexOf("-Dx=1") < words.indexOf("io.kdb.tools.Kdb"), words.toString());
        assertEquals(
                List.of("server", "--port", "1", "an argument"),
                words.subList(words.indexOf("io.kdb.tools.Kdb") + 1, words.size()));
    }

    @Test
    void givesANodeThreeQuartersOfTheMachine() throws Exception {
        sandbox.usual(sandbox.jdk("jdk", "21"));

        List<String> words = sandbox.run("server").output();

        // 4 GiB x 75 % = 3072 MiB, one eighth of it direct.
        assertTrue(words.contains("-Xmx2688m"), words.toString());
        assertTrue(words.contains("-XX:MaxDirectMemorySize=384m"), words.toString());
        assertTrue(words.contains("-XX:G1HeapRegionSize=1m"), words.toString());
        assertTrue(words.contains("-Dkdb.region.bytes=1048576"), words.toString());
        assertTrue(words.contains("-Dkdb.memory.bytes=" + (3072L << 20)), words.toString());
    }

    @Test
    void dividesMemoryByTheNodesOfUp() throws Exception {
        sandbox.usual(sandbox.jdk("jdk", "21"));
        sandbox.environment.put("KDB_MEMORY_SHARE", "6");

        assertTrue(sandbox.run("server").output().contains("-Xmx448m"));
    }

    @Test
    void takesTheLargerRegionsOfALargeHeap() throws Exception {
        sandbox.usual(sandbox.jdk("jdk", "21"));
        sandbox.environment.put(
                "KDB_SYSTEM_ROOT",
                sandbox.system("MemTotal: 67108864 kB", Map.of()).toString());

        List<String> words = sandbox.run("server").output();

        assertTrue(words.contains("-XX:G1HeapRegionSize=4m"), words.toString());
        assertTrue(words.contains("-Dkdb.region.bytes=4194304"), words.toString());
    }

    @Test
    void obeysACgroupLimitOfVersion1() throws Exception {
        limitedBy(Map.of(
                "proc/self/cgroup", "8:pids:/\n4:memory:/docker/abc\n",
                "sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes", "1073741824\n",
                "sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"));
    }

    @Test
    void obeysACgroupLimitOfVersion2AtAnyLevel() throws Exception {
        limitedBy(Map.of(
                "proc/self/cgroup", "0::/system.slice/kdb.service\n",
                "sys/fs/cgroup/system.slice/kdb.service/memory.max", "max\n",
                "sys/fs/cgroup/system.slice/memory.max", "1073741824\n"));
    }

    @Test
    void obeysACgroupLimitInsideAContainer() throws Exception {
        limitedBy(Map.of(
                "proc/self/cgroup", "4:memory:/not/visible/here\n",
                "sys/fs/cgroup/memory/memory.limit_in_bytes", "1073741824\n"));
    }

    @Test
    void startsThroughALinkFromAnotherFolder() throws Exception {
        sandbox.usual(sandbox.jdk("jdk", "21"));
        Path links = Files.createDirectories(sandbox.root.resolve("a/b"));
        Path relative = Files.createSymbolicLink(links.resolve("first"), Path.of("../../kdb"));
        Path second = Files.createSymbolicLink(sandbox.root.resolve("second"), relative);

        assertTrue(sandbox.runAs(second, "status").output().contains("-Dkdb.launcher=" + sandbox.root.resolve("kdb")));
    }

    @Test
    void buildsAMissingOrOutdatedJarOnce() throws Exception {
        Path source = project("echo built >>mvn.calls; mkdir -p tools/target; echo jar >tools/target/kdb.jar");
        Path calls = sandbox.root.resolve("mvn.calls");

        LauncherSandbox.Run first = sandbox.run("status");
        assertTrue(
                first.output().get(0).matches("kdb: building \\(log: .*/tools/target/build.log\\) ... done in \\d+ s"),
                first.text());
        assertTrue(
                first.output()
                        .contains(
                                sandbox.root.resolve("tools/target/run/kdb.jar").toString()),
                first.text());
        LauncherSandbox.Run second = sandbox.run("status");
        assertFalse(second.text().contains("building"), second.text());
        assertEquals(1, Files.readAllLines(calls).size());

        Files.setLastModifiedTime(source, FileTime.fromMillis(System.currentTimeMillis() + 5000));
        sandbox.run("status");
        assertEquals(2, Files.readAllLines(calls).size());
    }

    @Test
    void runsACopySoThatABuildCannotPullTheJarFromUnderAServer() throws Exception {
        project("mkdir -p tools/target; echo one >tools/target/kdb.jar");
        sandbox.run("status");
        Path copy = sandbox.root.resolve("tools/target/run/kdb.jar");
        Object inode = Files.getAttribute(copy, "unix:ino");

        Path built = sandbox.root.resolve("tools/target/kdb.jar");
        Files.writeString(built, "two");
        Files.setLastModifiedTime(built, FileTime.fromMillis(System.currentTimeMillis() + 5000));
        sandbox.run("status");

        assertEquals("two", Files.readString(copy));
        assertFalse(inode.equals(Files.getAttribute(copy, "unix:ino")), "overwritten in place");
    }

    @Test
    void buildsOnceForTwoAtTheSameTime() throws Exception {
        project("echo built >>mvn.calls; sleep 1; mkdir -p tools/target; echo jar >tools/target/kdb.jar");

        CompletableFuture<LauncherSandbox.Run> other = CompletableFuture.supplyAsync(() -> {
            try {
                return sandbox.run("status");
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        assertEquals(0, sandbox.run("status").status());

        assertEquals(0, other.get().status());
        assertEquals(1, Files.readAllLines(sandbox.root.resolve("mvn.calls")).size());
    }

    @Test
    void takesOverTheLockOfABuilderThatIsGone() throws Exception {
        project("mkdir -p tools/target; echo jar >tools/target/kdb.jar");
        Path lock =
                Files.createDirectories(sandbox.root.resolve("tools/target")).resolve("build.lock");
        Files.writeString(lock, "999999999\n");

        assertEquals(0, sandbox.run("status").status());
        assertFalse(Files.exists(lock));
    }

    @Test
    void namesTheLogOfABuildThatFailed() throws Exception {
        project("echo '[ERROR] X.java: no semicolon'; exit 1");

        LauncherSandbox.Run run = sandbox.run("status");

        assertEquals(1, run.status());
        assertTrue(run.text().contains("[ERROR] X.java: no semicolon"), run.text());
        assertTrue(
                run.text().endsWith("kdb: the build failed; see " + sandbox.root + "/tools/target/build.log"),
                run.text());
    }

    @ParameterizedTest
    @CsvSource({
        "21.0.2, -XX:ArchiveClassesAtExit, -XX:SharedArchiveFile",
        "25.0.1, -XX:AOTCacheOutput, -XX:AOTCache",
    })
    void makesAnArchiveForUpAndUsesItUntilTheJarIsNewer(String version, String output, String input) throws Exception {
        Path jdk = sandbox.jdk("jdk", version);
        sandbox.usual(jdk);
        // A java that "makes" the archive it is told to.
        sandbox.script(
                jdk.resolve("bin/java"),
                "for w; do case $w in " + output + "=*) echo made >\"${w#*=}\"; exit ;; esac; done");
        Path jar = Files.writeString(sandbox.root.resolve("kdb.jar"), "jar");
        sandbox.environment.put("KDB_JAR", jar.toString());
        sandbox.environment.remove("KDB_DRY_RUN");
        sandbox.environment.remove("KDB_CDS");

        sandbox.run("up");

        sandbox.environment.put("KDB_DRY_RUN", "1");
        String flag = input + "=" + sandbox.root + "/tools/target/cds/server_";
        assertTrue(
                sandbox.run("server").text().contains(flag),
                sandbox.run("server").text());
        sandbox.environment.put("KDB_JVM_OPTS", "-XX:+UseParallelGC");
        assertFalse(sandbox.run("server").text().contains(flag), "the archive of other flags");
        sandbox.environment.remove("KDB_JVM_OPTS");
        FileTime made = Files.getLastModifiedTime(jar);
        for (long apart : new long[] {5000, -5000}) {
            Files.setLastModifiedTime(jar, FileTime.fromMillis(made.toMillis() + apart));
            assertFalse(sandbox.run("server").text().contains(flag), "the archive of another jar");
        }
    }

    /** A JVM of JDK 25 runs what an archive holds, whatever is in the jar. */
    @Test
    void usesNoArchiveOfAnotherJarWhenItCannotMakeOne() throws Exception {
        Path jdk = sandbox.jdk("jdk", "25.0.1");
        sandbox.usual(jdk);
        Path jar = Files.writeString(sandbox.root.resolve("kdb.jar"), "jar");
        sandbox.environment.put("KDB_JAR", jar.toString());
        sandbox.environment.remove("KDB_DRY_RUN");
        sandbox.environment.put("KDB_CDS", "now");
        String makes = "for w; do case $w in -XX:AOTCacheOutput=*) echo made >\"${w#*=}\"; exit ;; esac; done";
        sandbox.script(jdk.resolve("bin/java"), makes + "; echo \"$*\"");
        assertTrue(sandbox.run("server").text().contains("-XX:AOTCache="));
        sandbox.script(jdk.resolve("bin/java"), "case $* in *AOTCacheOutput*) exit 1 ;; esac; echo \"$*\"");
        Files.setLastModifiedTime(jar, FileTime.fromMillis(System.currentTimeMillis() + 5000));
        assertFalse(sandbox.run("server").text().contains("-XX:AOTCache="));
        sandbox.script(
                jdk.resolve("bin/java"),
                "case $* in *AOTCacheOutput*) touch -t 200101010000 '" + jar + "' ;; esac; " + makes + "; echo \"$*\"");
        assertFalse(sandbox.run("server").text().contains("-XX:AOTCache="), "a build came in between");
    }

    /** Turns the sandbox into a project with this mvn; its only source. */
    private Path project(String mvn) throws IOException, InterruptedException {
        sandbox.usual(sandbox.jdk("jdk", "21"));
        sandbox.run("status");
        sandbox.environment.remove("KDB_JAR");
        sandbox.script(sandbox.root.resolve("bin").resolve("mvn"), mvn);
        Files.writeString(sandbox.root.resolve("pom.xml"), "<project/>");
        Path sources = Files.createDirectories(sandbox.root.resolve("server/src/main/java"));
        return Files.writeString(sources.resolve("X.java"), "class X {}");
    }

    private void limitedBy(Map<String, String> files) throws IOException, InterruptedException {
        sandbox.usual(sandbox.jdk("jdk", "21"));
        sandbox.environment.put(
                "KDB_SYSTEM_ROOT", sandbox.system("MemTotal: 4194304 kB", files).toString());

        // 1 GiB x 75 % = 768 MiB.
        assertTrue(sandbox.run("server").output().contains("-Xmx672m"));
    }

    @ParameterizedTest
    @CsvSource({
        "always [madvise] never, 2097152, true",
        "[always] madvise never, 2097152, true",
        "always madvise [never], 2097152, false",
        "always [madvise] never, 536870912, false",
    })
    void asksForHugePagesOfTwoMegabytes(String modes, String bytes, boolean asks) throws Exception {
        sandbox.usual(sandbox.jdk("jdk", "21"));
        String folder = "sys/kernel/mm/transparent_hugepage/";
        Map<String, String> files = Map.of(folder + "enabled", modes + "\n", folder + "hpage_pmd_size", bytes + "\n");
        sandbox.environment.put(
                "KDB_SYSTEM_ROOT", sandbox.system("MemTotal: 4194304 kB", files).toString());

        assertEquals(asks, sandbox.run("server").output().contains("-XX:+UseTransparentHugePages"));
    }

    @Test
    void asksForNoHugePagesOfAKernelWithoutThem() throws Exception {
        sandbox.usual(sandbox.jdk("jdk", "21"));
        sandbox.environment.put(
                "KDB_SYSTEM_ROOT",
                sandbox.system("MemTotal: 4194304 kB", Map.of()).toString());

        LauncherSandbox.Run run = sandbox.run("server");

        assertEquals(0, run.status());
        assertFalse(run.output().contains("-XX:+UseTransparentHugePages"));
    }

    private List<String> flagsOf(String version, String... candidates) throws IOException, InterruptedException {
        sandbox.usual(sandbox.jdk(version, version));
        List<String> words = sandbox.run("server").output();
        return List.of(candidates).stream().filter(words::contains).toList();
    }
}
